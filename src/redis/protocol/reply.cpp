#include "redis/protocol/reply.h"

#include <cassert>

namespace cartd::redis {

ReplyView::Type ReplyView::type() const { return data_->values[value_].type; }

std::string_view ReplyView::text() const {
  const ReplyValue& value = data_->values[value_];
  switch (value.type) {
    case Type::string:
    case Type::status:
    case Type::error: return std::string_view(data_->bytes).substr(static_cast<std::size_t>(value.number), value.size);
    default: return {};
  }
}

std::int64_t ReplyView::integer() const { return type() == Type::integer ? data_->values[value_].number : 0; }

std::size_t ReplyView::size() const { return type() == Type::array ? data_->values[value_].size : 0; }

ReplyView ReplyView::operator[](std::size_t index) const {
  assert(index < size());
  return {*data_, static_cast<std::size_t>(data_->values[value_].number) + index};
}

}  // namespace cartd::redis
