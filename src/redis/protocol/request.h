// Commands as the bytes that go to the server (RESP, "arrays of bulk strings").
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace cartd::redis {

/// One or more commands that are sent together. Arguments are binary-safe.
class Request {
 public:
  Request() = default;
  Request(std::initializer_list<std::string_view> command) { add(command); }

  Request& add(std::initializer_list<std::string_view> command) { return add(std::span(command.begin(), command.size())); }
  /// `command` holds the command's name and its arguments; never empty.
  Request& add(std::span<const std::string_view> command);
  /// The commands of `other`, after those that are here.
  Request& add(const Request& other);

  /// How many commands, and so how many replies.
  std::size_t commands() const { return commands_; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::size_t commands_ = 0;
};

}  // namespace cartd::redis
