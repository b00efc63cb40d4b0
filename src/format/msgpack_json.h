// MessagePack and JSON (RFC 8259) for the same value, so that whoever reads and writes JSON serves both. Pure.
//
// What JSON cannot say is refused: binary, extension types and timestamps, NaN and infinity, keys that are no text. So
// is what JSON texts are refused for: other text than UTF-8, equal keys, nesting deeper than JsonDocument::max_depth.
#pragma once

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cartd::format {

/// Why there is no JSON, in a sentence.
struct NotAsJson {
  std::string why;
};

/// Exactly one value, as compact JSON. A floating-point number
/// becomes the shortest text that is read as the same number, with a point or an exponent, so that it is no integer
/// (1.0). The text is at most six times as long as `msgpack`, and no declared size or depth costs more than its bytes.
boost::system::result<std::string, NotAsJson> json_of_msgpack(std::string_view msgpack);

/// Nothing when `json` is no JSON, or nests deeper than any answer. Numbers that are written as integers and fit 64
/// bits become integers. Others become float64 where that is the same number in decimal notation (0.1, 1e3); where
/// digits would be lost, they become text as they are written.
std::optional<std::string> msgpack_of_json(std::string_view json);

}  // namespace cartd::format
