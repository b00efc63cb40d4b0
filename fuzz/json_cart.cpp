// Carts of other services as JSON. What is accepted can be kept: every store's form of it is read as the same again.
#include "format/json_cart.h"
#include "format/line_details.h"
#include "format/stored_lines.h"
#include "util/json_document.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cartd;
  const std::string text(data, data + size);
  const auto cart = format::json_cart_from(text, *CartId::parse("123"), *minor_unit_of("EUR"));
  if (!cart) {
    if (cart.error().code != Errc::corrupt || cart.error().detail.empty()) std::abort();
    return 0;
  }
  if (!format::looks_like_json_cart(text)) std::abort();
  if (!cart->metadata.empty() && !util::is_json_object(cart->metadata)) std::abort();
  for (const Line& line : cart->lines) {
    if (line.quantity < 1 || line.quantity > max_readable_quantity) std::abort();
    if (LineId::parse(line.id.str()) != line.id) std::abort();
    if (!line.details) continue;
    const auto details = format::line_details_from_msgpack(format::to_msgpack(*line.details));
    if (!details || *details != *line.details) std::abort();
  }
  const auto lines = format::lines_from_json(format::lines_to_json(cart->lines));
  if (!lines || *lines != cart->lines) std::abort();
  return 0;
}
