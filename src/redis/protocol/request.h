// Commands as the bytes that go to the server (RESP, "arrays of bulk strings").
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace cartd::redis {

/// One or more commands that are sent together, in one buffer. Words are binary-safe.
///
///   Request request{"HGETALL", key};                                          // all words at once
///   request.begin(4).word("HINCRBY").word(key).word(sku).word(quantity);      // or one by one, straight into the
///   buffer
class Request {
 public:
  Request() = default;
  Request(std::initializer_list<std::string_view> command) { add(command); }

  Request& add(std::initializer_list<std::string_view> command) {
    return add(std::span(command.begin(), command.size()));
  }
  /// `command` holds the command's name and its arguments.
  Request& add(std::span<const std::string_view> command);
  /// The commands of `other`, after those that are here.
  Request& add(const Request& other);

  /// Begins a command of so many words, its name counted; as many calls of word() have to follow.
  Request& begin(std::size_t words);
  Request& word(std::string_view text);
  template <std::integral Number>
  requires(!std::same_as<Number, char> && !std::same_as<Number, bool>) Request& word(Number number) {
    return number_word(static_cast<std::int64_t>(number));
  }

  /// Makes room for so many bytes in all, where they are known to be many.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }

  /// Says that the commands change nothing: see Client::send() for what follows.
  Request& only_reads() {
    only_reads_ = true;
    return *this;
  }
  bool reads_only() const { return only_reads_; }

  /// How many commands, and so how many replies.
  std::size_t commands() const { return commands_; }
  /// Whether there is a command, and each has as many words as it was begun with. Nothing else is sent.
  bool is_whole() const { return commands_ > 0 && missing_words_ == 0; }
  const std::string& bytes() const { return bytes_; }

 private:
  Request& number_word(std::int64_t number);

  std::string bytes_;
  std::size_t commands_ = 0;
  std::size_t missing_words_ = 0;
  bool only_reads_ = false;
};

}  // namespace cartd::redis
