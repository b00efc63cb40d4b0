// The process's log: one line an event, plain for people or JSON for machines, on standard error.
//
// Threads: everything here is thread-safe.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace cartd {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { plain, json };

/// To be called at start-up, and again when the settings change; without it, warnings and errors are logged plainly.
void configure_log(LogLevel level, LogFormat format);

/// True when lines of `level` are written: ask before composing a costly one.
bool log_enabled(LogLevel level);

/// Which, what or why: a name and a text, which is cut to `max_text_bytes` in the log, or a number, which stays one in
/// JSON.
class LogField {
 public:
  static constexpr std::size_t max_text_bytes = 512;

  LogField(std::string_view name, std::string_view text) : name_(name), value_(text) {}
  LogField(std::string_view name, const std::string& text) : LogField(name, std::string_view(text)) {}
  LogField(std::string_view name, const char* text) : LogField(name, std::string_view(text)) {}
  template <std::integral Number>
  LogField(std::string_view name, Number number) : name_(name), value_(std::to_string(number)), is_number_(true) {}
  /// With three digits behind the point.
  LogField(std::string_view name, double number);

  /// Valid as long as what the field was made of.
  std::string_view name() const { return name_; }
  const std::string& value() const { return value_; }
  bool is_number() const { return is_number_; }

 private:
  std::string_view name_;
  std::string value_;
  bool is_number_ = false;
};

/// One line: `event` is a short constant sentence, the fields say which, what and why. Control characters are escaped,
/// long texts are cut.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

/// Lets at most one line through in each interval, so that what happens often does not fill the log.
class LogThrottle {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit LogThrottle(std::chrono::milliseconds interval = std::chrono::seconds(10)) : interval_(interval) {}

  /// Whether to write a line now, and if so, how many were left out since the last one.
  std::optional<std::uint64_t> pass(Time now = std::chrono::steady_clock::now());

 private:
  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::optional<Time> last_{};
  std::uint64_t left_out_ = 0;
};

}  // namespace cartd
