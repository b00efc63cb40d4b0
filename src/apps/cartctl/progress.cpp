#include "apps/cartctl/progress.h"

#include <algorithm>
#include <cstddef>
#include <ostream>

namespace cartd::cartctl {

std::string progress_text(const std::string& what, std::int64_t count, std::optional<double> part, double seconds) {
  constexpr std::size_t width = 30;
  std::string text = what;
  if (part) {
    const double bounded = std::clamp(*part, 0.0, 1.0);
    const auto filled = static_cast<std::size_t>(bounded * width);
    text += " [" + std::string(filled, '#') + std::string(width - filled, ' ') + "] " +
            std::to_string(static_cast<int>(bounded * 100)) + " %";
  }
  text += "  " + std::to_string(count) + " done";
  if (seconds > 0)
    text += ", " + std::to_string(static_cast<std::int64_t>(static_cast<double>(count) / seconds)) + " a second";
  return text;
}

Progress::Progress(std::ostream& err, bool on_terminal) : err_(err), on_terminal_(on_terminal) {}

void Progress::show(const std::string& what, std::int64_t count, std::optional<double> part) {
  constexpr std::chrono::milliseconds interval(200);
  const auto now = Clock::now();
  if (!on_terminal_ || now - shown_at_ < interval) return;
  shown_at_ = now;
  is_shown_ = true;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  err_ << "\r\x1b[K" << progress_text(what, count, part, seconds) << std::flush;
}

void Progress::clear() {
  if (is_shown_) err_ << "\r\x1b[K" << std::flush;
  is_shown_ = false;
}

}  // namespace cartd::cartctl
