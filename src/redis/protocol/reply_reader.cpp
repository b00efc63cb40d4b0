#include "redis/protocol/reply_reader.h"

#include <algorithm>
#include <utility>

namespace cartd::redis {
namespace {

// Room for one read.
constexpr std::size_t least_room = std::size_t{16} << 10;
// Room that a reader keeps from one reply to the next.
constexpr std::size_t kept_bytes = std::size_t{256} << 10;

constexpr const char* too_large_announced = "the server announced a reply that is too large";
constexpr const char* too_large = "the server sent a reply that is too large";
constexpr const char* too_deep = "the server sent a reply that is nested too deeply";
constexpr const char* push_inside = "the server sent a push message within a reply";

void drop(std::vector<ReplyValue>& values) {
  values.clear();
  if (values.capacity() * sizeof(ReplyValue) > kept_bytes) values.shrink_to_fit();
}

}  // namespace

std::span<char> ReplyReader::prepare() {
  if (begin_ == end_) {
    begin_ = at_ = end_ = 0;
    // One large reply must not hold its room for ever.
    if (capacity_ > kept_bytes) buffer_.reset();
    if (buffer_ == nullptr) capacity_ = 0;
  }
  if (capacity_ - end_ >= least_room) return {buffer_.get() + end_, capacity_ - end_};
  // So each byte is moved a few times at most.
  const std::size_t size = end_ - begin_;
  if (capacity_ - size < std::max(least_room, size)) {
    const std::size_t larger = std::max(2 * capacity_, size + least_room);
    auto buffer = std::make_unique_for_overwrite<char[]>(larger);
    std::copy_n(buffer_.get() + begin_, size, buffer.get());
    buffer_ = std::move(buffer);
    capacity_ = larger;
  } else {
    std::copy_n(buffer_.get() + begin_, size, buffer_.get());
  }
  at_ -= begin_;
  end_ = size;
  begin_ = 0;
  return {buffer_.get() + end_, capacity_ - end_};
}

void ReplyReader::feed(std::string_view bytes) {
  while (!bytes.empty() && error_ == nullptr) {
    const std::span<char> room = prepare();
    const std::size_t piece = std::min(room.size(), bytes.size());
    std::copy_n(bytes.data(), piece, room.data());
    commit(piece);
    bytes.remove_prefix(piece);
  }
}

boost::system::result<std::optional<Reply>, std::string> ReplyReader::next(std::size_t replies) {
  if (replies > 1 && reply_.open.empty()) {
    reply_.begin(ReplyType::array, replies);
    together_ = true;
  }
  while (error_ == nullptr) {
    const std::size_t start = at_;
    RespToken token;
    const RespParser::Status status = parser_.next(unread(), most_bytes_ - std::min(most_bytes_, at_ - begin_), token);
    at_ += parser_.taken();
    if (status == RespParser::Status::broken) return refuse(parser_.error());
    const bool is_token = status == RespParser::Status::token;
    if ((is_token ? at_ : end_) - begin_ > most_bytes_) return refuse(too_large);
    if (!is_token) return std::optional<Reply>();
    if (const char* const why = add(token, start)) return refuse(why);
    if ((in_push_ ? push_ : reply_).is_whole()) return std::optional<Reply>(take_reply());
  }
  return std::string(error_);
}

std::string ReplyReader::refuse(const char* why) {
  error_ = why;
  buffer_.reset();
  capacity_ = begin_ = at_ = end_ = 0;
  return why;
}

const char* ReplyReader::add(const RespToken& token, std::size_t start) {
  if (token.type == ReplyType::push) {
    if (const char* const why = begin_push(start)) return why;
  }
  Tree& tree = in_push_ ? push_ : reply_;
  if (token.elements > max_values - tree.announced) return too_large_announced;
  tree.announced += token.elements;
  if (token.is_attribute) {
    to_skip_ += token.elements;
    return nullptr;
  }
  if (to_skip_ > 0) {
    to_skip_ += token.elements;
    --to_skip_;
    return nullptr;
  }
  if (token.elements > 0) {
    if (tree.open.size() == max_depth + (together_ && !in_push_ ? 1 : 0)) return too_deep;
    tree.begin(token.type, token.elements);
  } else if (token.text.data() != nullptr) {
    const auto at = token.text.data() - (buffer_.get() + begin_ + tree.from);
    tree.add({at, static_cast<std::uint32_t>(token.text.size()), token.type});
  } else {
    tree.add({token.number, 0, token.type});
  }
  return nullptr;
}

// Between two replies only; those that are read together may be two.
const char* ReplyReader::begin_push(std::size_t start) {
  if (in_push_ || to_skip_ > 0 || reply_.open.size() > (together_ ? 1U : 0U)) return push_inside;
  in_push_ = true;
  push_.from = start - begin_;
  return nullptr;
}

void ReplyReader::Tree::begin(ReplyType type, std::size_t elements) {
  open.push_back({type, elements, pending.size(), elements});
}

// A value is whole, and with it perhaps those that it is the last element of.
void ReplyReader::Tree::add(ReplyValue value) {
  pending.push_back(value);
  while (!open.empty() && --open.back().missing == 0) {
    const Open array = open.back();
    open.pop_back();
    const auto first = pending.begin() + static_cast<std::ptrdiff_t>(array.first);
    const ReplyValue whole{static_cast<std::int64_t>(done.size()), static_cast<std::uint32_t>(array.size), array.type};
    done.insert(done.end(), first, pending.end());
    pending.erase(first, pending.end());
    pending.push_back(whole);
  }
}

void ReplyReader::Tree::clear() {
  drop(pending);
  drop(done);
  announced = 0;
  from = 0;
}

Reply ReplyReader::take_reply() {
  Tree& tree = in_push_ ? push_ : reply_;
  tree.done.push_back(tree.pending.back());
  const std::size_t first = begin_ + tree.from;
  Reply reply(tree.done, {buffer_.get() + first, at_ - first});
  tree.clear();
  if (!in_push_) together_ = false;
  in_push_ = false;
  // A push message may have come in the middle of several replies, whose first ones are still needed.
  if (reply_.open.empty()) begin_ = at_;
  return reply;
}

}  // namespace cartd::redis
