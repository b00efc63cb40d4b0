#include "redis/protocol/reply_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cartd::redis {
namespace {

using Type = ReplyView::Type;

// Type, sign, 19 digits and the end of the line.
constexpr std::size_t longest_number_line = 24;
constexpr std::string_view line_end = "\r\n";
// Room that a reader keeps from one reply to the next.
constexpr std::size_t kept_bytes = std::size_t{256} << 10;

constexpr const char* not_resp = "the server sent something that is not RESP2";
constexpr const char* too_large_announced = "the server announced a reply that is too large";
constexpr const char* too_large = "the server sent a reply that is too large";
constexpr const char* too_deep = "the server sent a reply that is nested too deeply";

std::optional<std::int64_t> number(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

void ReplyReader::feed(std::string_view bytes) {
  if (error_ == nullptr) bytes_ += bytes;
}

boost::system::result<std::optional<Reply>, std::string> ReplyReader::next() {
  while (error_ == nullptr) {
    const Step step = bytes_.size() > at_ ? read_value() : Step::more_bytes;
    if (step == Step::broken) break;
    if ((step == Step::value ? at_ : bytes_.size()) - begin_ > most_bytes_) {
      refuse(too_large);
    } else if (step == Step::more_bytes) {
      return std::optional<Reply>();
    } else if (open_.empty()) {
      return std::optional<Reply>(take_reply());
    }
  }
  return std::string(error_);
}

ReplyReader::Step ReplyReader::refuse(const char* why) {
  if (error_ == nullptr) error_ = why;
  std::string().swap(bytes_);
  at_ = begin_ = 0;
  return Step::broken;
}

// The line at at_, with its type and without its end, which is searched for in new bytes only.
std::optional<std::string_view> ReplyReader::take_line(std::size_t longest) {
  const std::size_t end = bytes_.find(line_end, std::max(at_, searched_));
  if (end != std::string::npos && end - at_ <= longest) {
    const std::string_view line = std::string_view(bytes_).substr(at_, end - at_);
    at_ = end + line_end.size();
    return line;
  }
  if (std::min(end, bytes_.size()) - at_ > longest) {
    refuse(not_resp);
  } else {
    // The last byte may be the first half of the end.
    searched_ = bytes_.size() - 1;
  }
  return std::nullopt;
}

ReplyReader::Step ReplyReader::read_value() {
  if (bulk_) return read_bulk({});
  const char type = bytes_[at_];
  const bool is_text = type == '+' || type == '-';
  if (!is_text && type != ':' && type != '$' && type != '*') return refuse(not_resp);
  const std::size_t begin = at_ + 1;
  const auto line = take_line(is_text ? max_line_bytes : longest_number_line);
  if (!line) return error_ == nullptr ? Step::more_bytes : Step::broken;
  const std::string_view rest = line->substr(1);
  switch (type) {
    case '+': return read_text(Type::status, rest, begin);
    case '-': return read_text(Type::error, rest, begin);
    case '$': return read_bulk(rest);
    case '*': return read_array(rest);
    default: break;
  }
  const auto value = number(rest);
  if (!value) return refuse(not_resp);
  return add({*value, 0, Type::integer});
}

ReplyReader::Step ReplyReader::read_text(Type type, std::string_view text, std::size_t begin) {
  return add({static_cast<std::int64_t>(begin - begin_), static_cast<std::uint32_t>(text.size()), type});
}

// First with the line that announces the string, then until the string is there.
ReplyReader::Step ReplyReader::read_bulk(std::string_view line) {
  if (!bulk_) {
    const auto size = number(line);
    if (!size || *size < -1) return refuse(not_resp);
    if (*size == -1) return add({0, 0, Type::nil});
    if (static_cast<std::uint64_t>(*size) > most_bytes_ - std::min(most_bytes_, at_ - begin_)) return refuse(too_large_announced);
    bulk_ = static_cast<std::size_t>(*size);
  }
  if (bytes_.size() - at_ < *bulk_ + line_end.size()) return Step::more_bytes;
  const std::string_view text = std::string_view(bytes_).substr(at_, *bulk_);
  if (std::string_view(bytes_).substr(at_ + text.size(), line_end.size()) != line_end) return refuse(not_resp);
  const std::size_t begin = std::exchange(at_, at_ + text.size() + line_end.size());
  bulk_.reset();
  return read_text(Type::string, text, begin);
}

ReplyReader::Step ReplyReader::read_array(std::string_view line) {
  const auto size = number(line);
  if (!size || *size < -1) return refuse(not_resp);
  if (*size == -1) return add({0, 0, Type::nil});
  if (static_cast<std::uint64_t>(*size) > max_values - announced_) return refuse(too_large_announced);
  if (*size == 0) return add({0, 0, Type::array});
  if (open_.size() == max_depth) return refuse(too_deep);
  const auto elements = static_cast<std::size_t>(*size);
  announced_ += elements;
  open_.push_back({elements, pending_.size(), elements});
  return Step::value;
}

// A value is whole, and with it perhaps the arrays that it is the last element of.
ReplyReader::Step ReplyReader::add(ReplyValue value) {
  pending_.push_back(value);
  while (!open_.empty() && --open_.back().missing == 0) {
    const Open array = open_.back();
    open_.pop_back();
    const auto first = pending_.begin() + static_cast<std::ptrdiff_t>(array.first);
    const ReplyValue whole{static_cast<std::int64_t>(done_.size()), static_cast<std::uint32_t>(array.size), Type::array};
    done_.insert(done_.end(), first, pending_.end());
    pending_.erase(first, pending_.end());
    pending_.push_back(whole);
  }
  return Step::value;
}

Reply ReplyReader::take_reply() {
  done_.push_back(pending_.back());
  ReplyData data{{}, std::exchange(done_, {})};
  if (begin_ == 0 && at_ == bytes_.size()) {
    data.bytes = std::exchange(bytes_, {});
    at_ = 0;
  } else {
    data.bytes = bytes_.substr(begin_, at_ - begin_);
  }
  // What was read goes away once it is half of all: so each byte is moved a few times at most.
  if (at_ > 0 && at_ * 2 >= bytes_.size()) {
    bytes_.erase(0, at_);
    at_ = 0;
  }
  // One large reply must not hold its room for ever.
  if (bytes_.capacity() > kept_bytes && bytes_.size() <= kept_bytes) bytes_.shrink_to_fit();
  pending_.clear();
  if (pending_.capacity() * sizeof(ReplyValue) > kept_bytes) pending_.shrink_to_fit();
  announced_ = 0;
  begin_ = searched_ = at_;
  return Reply(std::move(data));
}

}  // namespace cartd::redis
