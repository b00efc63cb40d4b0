#include "runtime/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <memory>
#include <utility>

namespace cartd {
namespace {

std::atomic<LogFormat> format{LogFormat::plain};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = std::make_shared<spdlog::logger>("cartd", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_level(spdlog::level::warn);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    made->flush_on(spdlog::level::warn);
    return made;
  }();
  return *instance;
}

/// `text` with what could break a line or a JSON string escaped (RFC 8259, section 7).
void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      char code[7];
      std::snprintf(code, sizeof code, "\\u%04x", byte);
      out += code;
    } else {
      out += c;
    }
  }
}

/// The beginning of `text` that the log shows, at a border between UTF-8 characters.
std::string_view shown(std::string_view text) {
  if (text.size() <= LogField::max_text_bytes) return text;
  std::size_t end = LogField::max_text_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void append_value(std::string& out, const LogField& field) {
  const std::string& value = field.value();
  if (field.is_number()) {
    out += value;
    return;
  }
  out += '"';
  append_escaped(out, shown(value));
  if (value.size() > LogField::max_text_bytes) out += "… (" + std::to_string(value.size()) + " bytes)";
  out += '"';
}

std::string plain_line(std::string_view event, std::initializer_list<LogField> fields) {
  std::string line(event);
  for (const LogField& field : fields) {
    line.append(" ").append(field.name()).append("=");
    append_value(line, field);
  }
  return line;
}

std::string json_line(std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = "\"event\":\"";
  append_escaped(line, event);
  line += '"';
  for (const LogField& field : fields) {
    line.append(",\"").append(field.name()).append("\":");
    append_value(line, field);
  }
  return line;
}

}  // namespace

void configure_log(LogLevel level, LogFormat chosen) {
  format = chosen;
  logger().set_level(to_spdlog(level));
  logger().set_pattern(chosen == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                                                 : "%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  logger().flush_on(spdlog::level::info);
}

LogField::LogField(std::string_view name, double number) : name_(name), is_number_(true) {
  constexpr std::size_t longest = 400;  // The largest double has 309 digits before the point.
  char digits[longest];
  std::snprintf(digits, sizeof digits, "%.3f", std::isfinite(number) ? number : 0.0);
  value_ = digits;
}

std::optional<std::uint64_t> LogThrottle::pass(Time now) {
  const std::lock_guard lock(mutex_);
  if (last_ && now - *last_ < interval_) {
    ++left_out_;
    return std::nullopt;
  }
  last_ = now;
  return std::exchange(left_out_, 0);
}

bool log_enabled(LogLevel level) { return logger().should_log(to_spdlog(level)); }

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  const std::string line = format == LogFormat::json ? json_line(event, fields) : plain_line(event, fields);
  logger().log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace cartd
