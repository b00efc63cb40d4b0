#include "redis/protocol/reply.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <memory>
#include <new>
#include <utility>

namespace cartd::redis {

std::string_view ReplyView::text() const {
  switch (type()) {
    case Type::string:
    case Type::status:
    case Type::error:
    case Type::real:
    case Type::big_number: return data_->bytes.substr(static_cast<std::size_t>(value().number), value().size);
    default: return {};
  }
}

std::int64_t ReplyView::integer() const { return type() == Type::integer ? value().number : 0; }

bool ReplyView::boolean() const { return type() == Type::boolean && value().number != 0; }

double ReplyView::real() const {
  double number = 0;
  std::string_view digits = type() == Type::real ? text() : std::string_view();
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::size_t ReplyView::size() const {
  switch (type()) {
    case Type::array:
    case Type::map:
    case Type::set:
    case Type::push: return value().size;
    default: return 0;
  }
}

ReplyView ReplyView::operator[](std::size_t index) const {
  assert(index < size());
  return {*data_, static_cast<std::size_t>(value().number) + index};
}

// The block holds the ReplyData, then the values, then the bytes.
Reply::Reply(std::span<const ReplyValue> values, std::string_view bytes) {
  static_assert(sizeof(ReplyData) % alignof(ReplyValue) == 0);
  assert(!values.empty());
  auto* const block = static_cast<std::byte*>(::operator new(sizeof(ReplyData) + values.size_bytes() + bytes.size()));
  auto* const first = reinterpret_cast<ReplyValue*>(block + sizeof(ReplyData));
  std::uninitialized_copy(values.begin(), values.end(), first);
  auto* const text = reinterpret_cast<char*>(block + sizeof(ReplyData) + values.size_bytes());
  std::copy(bytes.begin(), bytes.end(), text);
  data_.reset(::new (block) ReplyData{{first, values.size()}, {text, bytes.size()}});
}

// All that is in it has a trivial destructor.
void Reply::Free::operator()(ReplyData* data) const { ::operator delete(data); }

Reply Reply::element(std::size_t index) && {
  assert(index < view().size());
  ReplyValue& whole = data_->values.back();
  whole = data_->values[static_cast<std::size_t>(whole.number) + index];
  return std::move(*this);
}

Reply Reply::elements(std::span<const std::size_t> indices) && {
  ReplyValue& whole = data_->values.back();
  const std::span<ReplyValue> all = data_->values.subspan(static_cast<std::size_t>(whole.number), whole.size);
  for (std::size_t i = 0; i < indices.size(); ++i) all[i] = all[indices[i]];
  whole.size = static_cast<std::uint32_t>(indices.size());
  return std::move(*this);
}

}  // namespace cartd::redis
