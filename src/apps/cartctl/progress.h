// How far a long command is, on stderr: a line that is written over on a terminal, and nothing elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace cartd::cartctl {

class Progress {
 public:
  /// `err` outlives it.
  Progress(std::ostream& err, bool on_terminal);

  /// `part` of the whole, from 0 to 1, where that is known. Seldom writes.
  void show(const std::string& what, std::int64_t count, std::optional<double> part = std::nullopt);
  /// Takes the line away, before others are written.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::ostream& err_;
  const bool on_terminal_;
  const Clock::time_point begin_ = Clock::now();
  Clock::time_point shown_at_{};
  bool is_shown_ = false;
};

/// "export [#####     ] 52 %  1234567 done, 54321 a second". Pure.
std::string progress_text(const std::string& what, std::int64_t count, std::optional<double> part, double seconds);

}  // namespace cartd::cartctl
