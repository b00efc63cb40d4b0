// A body in MessagePack, as a client sends it. What is read becomes JSON, and the JSON becomes MessagePack that is read
// as the same JSON.
#include "format/msgpack_json.h"
#include "util/json_document.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto json = cartd::format::json_of_msgpack(body);
  if (!json) {
    demand(!json.error().why.empty());
    return 0;
  }
  demand(json->size() <= 6 * body.size() + 2);
  demand(cartd::util::JsonDocument::parse(*json).has_value());
  const auto packed = cartd::format::msgpack_of_json(*json);
  demand(packed.has_value());
  const auto again = cartd::format::json_of_msgpack(*packed);
  demand(again && *again == *json);
  return 0;
}
