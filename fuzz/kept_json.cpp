// Carts and users as they are imported. What is accepted must be written and read as the same again.
#include "format/kept_json.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace cartd;

void check_cart(util::JsonValue value) {
  const auto cart = format::kept_cart_from(value);
  if (!cart) return;
  std::string text;
  format::append_kept_json(text, cart->kept);
  const auto document = util::JsonDocument::parse(text);
  if (!document) std::abort();
  const auto again = format::kept_cart_from(document->root());
  if (!again || !is_same(again->kept, cart->kept) || again->digest != cart->digest) std::abort();
}

void check_user(util::JsonValue value) {
  const auto user = format::kept_user_from(value);
  if (!user) return;
  std::string text;
  format::append_kept_json(text, user->id, user->fields);
  const auto document = util::JsonDocument::parse(text);
  if (!document) std::abort();
  const auto again = format::kept_user_from(document->root());
  if (!again || again->fields != user->fields) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto document = util::JsonDocument::parse(text);
  if (!document) return 0;
  check_cart(document->root());
  check_user(document->root());
  return 0;
}
