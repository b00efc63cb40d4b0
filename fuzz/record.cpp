// What the embedded store keeps of a cart, and of a user. What is accepted must be written and read as the same again,
// and be fit to stand in an answer.
#include "format/record.h"
#include "format/user_fields.h"
#include "util/json_document.h"
#include "util/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace cartd;

bool is_fit(const Cart& cart) {
  if (!cart.metadata.empty() && !util::is_json_object(cart.metadata)) return false;
  for (const Line& line : cart.lines) {
    if (line.quantity < 1 || line.quantity > max_readable_quantity) return false;
    if (line.details && !util::is_utf8(line.details->name)) return false;
  }
  return true;
}

void check_record(std::string_view bytes) {
  static const CartId id = *CartId::parse("123");
  const auto header = format::record_header(bytes);
  const auto stored = format::record_from_bytes(id, bytes);
  if (!stored) return;
  const bool agrees = header && header->token == stored->token && header->forget_at == stored->record.forget_at &&
                      header->cart_exists == exists(stored->record.cart);
  const auto again = format::record_from_bytes(id, format::record_to_bytes(stored->record, stored->token));
  if (!agrees || !is_fit(stored->record.cart) || !again || again->record != stored->record) std::abort();
}

void check_user(std::string_view bytes) {
  const auto fields = format::user_fields_from_bytes(bytes);
  if (fields && format::user_fields_to_bytes(*fields) != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  check_record(bytes);
  check_user(bytes);
  return 0;
}
