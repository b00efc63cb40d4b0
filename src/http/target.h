// Request targets taken apart (RFC 3986, RFC 9112). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::http {

/// Segments beyond this belong to no route.
constexpr std::size_t max_segments = 8;

/// Views into the target it came from. Nothing is decoded yet: an escaped slash does not separate.
struct Target {
  std::array<std::string_view, max_segments> segments{};
  std::size_t segment_count = 0;  ///< max_segments + 1 when there are more.
  std::string_view query{};       ///< Without the question mark.
};

/// Nothing when `target` is neither in origin form nor in absolute form with http or https, or holds a byte that a
/// URI may not hold, or a broken escape.
std::optional<Target> split_target(std::string_view target);

/// `text` with its %XX escapes undone; it has passed split_target(). Any byte may come out, NUL too.
std::string percent_decoded(std::string_view text);

/// One parameter of a query.
struct Parameter {
  std::string name;
  std::string value;
};

/// Takes the first parameter off `query`; nothing when none is left. Names and values are decoded; '+' stays a plus.
std::optional<Parameter> next_parameter(std::string_view& query);

}  // namespace cartd::http
