// What stores keep of a checkout, or of the order that it became. What is accepted must be written and read as the same
// again, and be fit to stand in an answer.
#include "format/checkout.h"
#include "util/json_document.h"
#include "util/utf8.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace cartd;

bool is_metadata(const std::string& text) { return text.empty() || util::is_json_object(text); }

bool is_line(const Line& line) {
  return line.quantity >= 1 && line.quantity <= max_readable_quantity &&
         (!line.details || (util::is_utf8(line.details->name) && is_metadata(line.details->metadata)));
}

bool is_missing(const LineDifference& line) {
  return line.quantity >= 1 && line.available && *line.available >= 0 && *line.available < line.quantity;
}

bool is_fit(const Checkout& checkout) {
  if (checkout.lines.empty() || !std::ranges::all_of(checkout.lines, is_line)) return false;
  if (!is_metadata(checkout.cart_metadata) || !is_metadata(checkout.metadata)) return false;
  return !checkout.order ||
         (util::is_utf8(checkout.order->payment_ref) && std::ranges::all_of(checkout.order->shortfall, is_missing));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const auto forget_at = format::checkout_forget_at(bytes);
  const auto checkout = format::checkout_from_bytes(bytes);
  if (!checkout) return 0;
  const auto again = format::checkout_from_bytes(format::checkout_to_bytes(**checkout));
  if (forget_at != (*checkout)->forget_at || !is_fit(**checkout) || !again || **again != **checkout) std::abort();
  return 0;
}
