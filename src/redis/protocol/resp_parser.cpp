#include "redis/protocol/resp_parser.h"

#include "util/decimal.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cartd::redis {
namespace {

constexpr std::string_view line_end = "\r\n";
// Type, sign, 19 digits and the end of the line.
constexpr std::size_t longest_number_line = 24;
// A double as any C library prints it.
constexpr std::size_t longest_real_line = 64;
// The prefix of a verbatim string: "txt:".
constexpr std::size_t format_bytes = 4;

constexpr std::string_view types_of_resp2 = "+-:$*";
constexpr std::string_view types_of_resp3 = "+-:$*_#,(!=%~>|";

bool is_big_number(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return util::all_digits(text);
}

// "-1.5e3", "inf", "-inf", "nan".
bool is_real(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.starts_with('+')) return false;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::size_t longest_line(char type) {
  switch (type) {
    case '+':
    case '-':
    case '(': return RespParser::max_line_bytes;
    case ',': return longest_real_line;
    default: return longest_number_line;
  }
}

RespParser::Status value(RespToken& token, ReplyType type, std::string_view text, std::int64_t number = 0) {
  token = RespToken{.type = type, .number = number, .text = text};
  return RespParser::Status::token;
}

}  // namespace

bool RespParser::knows(char type) const {
  return (version_ == RespVersion::resp2 ? types_of_resp2 : types_of_resp3).find(type) != std::string_view::npos;
}

const char* RespParser::not_resp() const {
  return version_ == RespVersion::resp2 ? "the server sent something that is not RESP2"
                                        : "the server sent something that is not RESP3";
}

RespParser::Status RespParser::refuse(const char* why) {
  error_ = why;
  return Status::broken;
}

RespParser::Status RespParser::next(std::string_view bytes, std::size_t room, RespToken& token) {
  taken_ = 0;
  if (error_ != nullptr) return Status::broken;
  if (string_) return read_string(bytes, room, token);
  if (bytes.empty()) return Status::more_bytes;
  const char type = bytes.front();
  if (!knows(type)) return refuse(not_resp());
  // The end is searched for in new bytes only.
  const std::size_t end = bytes.find(line_end, searched_);
  const std::size_t longest = longest_line(type);
  if (std::min(end, bytes.size()) > longest) return refuse(not_resp());
  if (end == std::string_view::npos) {
    // The last byte may be the first half of the end.
    searched_ = bytes.size() - 1;
    return Status::more_bytes;
  }
  searched_ = 0;
  taken_ = end + line_end.size();
  const Status status = read_line(type, bytes.substr(1, end - 1), token);
  if (!string_ || status == Status::broken) return status;
  const std::size_t announcement = std::min(taken_, room);
  return read_string(bytes.substr(taken_), room - announcement, token);
}

RespParser::Status RespParser::read_line(char type, std::string_view line, RespToken& token) {
  switch (type) {
    case '+': return value(token, ReplyType::status, line);
    case '-': return value(token, ReplyType::error, line);
    case ':': {
      const auto integer = util::parse_number<std::int64_t>(line);
      return integer ? value(token, ReplyType::integer, {}, *integer) : refuse(not_resp());
    }
    case '_': return line.empty() ? value(token, ReplyType::nil, {}) : refuse(not_resp());
    case '#':
      return line == "t" || line == "f" ? value(token, ReplyType::boolean, {}, line == "t" ? 1 : 0)
                                        : refuse(not_resp());
    case ',': return is_real(line) ? value(token, ReplyType::real, line) : refuse(not_resp());
    case '(': return is_big_number(line) ? value(token, ReplyType::big_number, line) : refuse(not_resp());
    case '$':
      if (line == "-1") return value(token, ReplyType::nil, {});
      return announce_string(type, line);
    case '!':
    case '=': return announce_string(type, line);
    default: return announce_elements(type, line, token);
  }
}

RespParser::Status RespParser::announce_string(char type, std::string_view line) {
  const auto size = util::parse_number<std::int64_t>(line);
  const bool has_format = type == '=';
  if (!size || *size < (has_format ? std::int64_t{format_bytes} : 0)) return refuse(not_resp());
  string_ = Announced{type == '!' ? ReplyType::error : ReplyType::string, has_format, static_cast<std::size_t>(*size)};
  return Status::more_bytes;
}

RespParser::Status RespParser::announce_elements(char type, std::string_view line, RespToken& token) {
  if (type == '*' && line == "-1") return value(token, ReplyType::nil, {});
  const auto announced = util::parse_number<std::int64_t>(line);
  if (!announced || *announced < 0) return refuse(not_resp());
  if (static_cast<std::uint64_t>(*announced) > max_elements)
    return refuse("the server announced a reply that is too large");
  const bool in_pairs = type == '%' || type == '|';
  token = RespToken{.is_attribute = type == '|', .elements = static_cast<std::size_t>(*announced) * (in_pairs ? 2 : 1)};
  switch (type) {
    case '%':
    case '|': token.type = ReplyType::map; break;
    case '~': token.type = ReplyType::set; break;
    case '>': token.type = ReplyType::push; break;
    default: token.type = ReplyType::array; break;
  }
  return Status::token;
}

RespParser::Status RespParser::read_string(std::string_view bytes, std::size_t room, RespToken& token) {
  if (string_->size > room) return refuse("the server announced a reply that is too large");
  if (bytes.size() < string_->size + line_end.size()) return Status::more_bytes;
  const Announced announced = *string_;
  string_.reset();
  std::string_view text = bytes.substr(0, announced.size);
  if (bytes.substr(text.size(), line_end.size()) != line_end) return refuse(not_resp());
  if (announced.has_format) {
    if (text[format_bytes - 1] != ':') return refuse(not_resp());
    text.remove_prefix(format_bytes);
  }
  taken_ += announced.size + line_end.size();
  return value(token, announced.type, text);
}

}  // namespace cartd::redis
