// The process's log: one line an event, plain for people or JSON for machines, on standard error.
//
// Threads: everything here is thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cartd {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { plain, json };

/// To be called once, at start-up; without it, warnings and errors are logged plainly.
void configure_log(LogLevel level, LogFormat format);

/// True when lines of `level` are written: ask before composing a costly one.
bool log_enabled(LogLevel level);

using LogField = std::pair<std::string_view, std::string>;

/// One line: `event` is a short constant sentence, the fields say which, what and why. Control characters are escaped.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace cartd
