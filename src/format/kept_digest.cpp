// What stands for a kept cart. Members that a cart does not have add nothing, so that a later version of cartd, which
// knows of more, says the same of it.
#include "format/binary.h"
#include "format/cart_values.h"
#include "format/checkout.h"
#include "format/kept_json.h"
#include "format/transfer.h"
#include "util/digest.h"

#include <optional>
#include <string>
#include <string_view>

namespace cartd::format {
namespace {

void append_named(std::string& out, char name, std::string_view value) {
  out += name;
  append_counted(out, value);
}

void append_named_time(std::string& out, char name, const std::optional<Time>& time) {
  if (!time) return;
  out += name;
  append_time(out, *time);
}

void append_cart(std::string& out, const Cart& cart) {
  out += 'c';
  append_counted(out, cart.id.str());
  append_varint(out, cart.version);
  if (cart.owner) append_named(out, 'o', cart.owner->str());
  if (cart.kind) append_named(out, 'K', cart.kind->str());
  if (!cart.metadata.empty()) append_named(out, 'm', cart.metadata);
  if (!cart.lines.empty()) {
    out += 'l';
    append_lines(out, cart.lines);
  }
  // See is_same().
  if (cart.version == 0) return;
  append_named_time(out, 'C', cart.created_at);
  append_named_time(out, 'U', cart.updated_at);
  append_named_time(out, 'X', cart.expires_at);
}

}  // namespace

std::string digest_of(const KeptCart& kept) {
  const CartRecord& record = kept.record;
  std::string out;
  append_cart(out, record.cart);
  for (const AppliedSequence& last : record.applied_sequences) {
    out += 's';
    append_varint(out, last.producer);
    append_varint(out, last.sequence);
  }
  for (const RememberedKey& key : record.keys) {
    append_named(out, 'k', key.idempotency.key);
    append_counted(out, key.idempotency.fingerprint);
    append_time(out, key.at);
  }
  for (const CheckoutNote& note : record.checkouts) {
    out += 'n';
    append_note(out, note);
  }
  if (record.transfer) append_named(out, 'g', transfer_to_bytes(*record.transfer));
  for (const TakenTransfer& one : record.taken) {
    append_named(out, 'j', one.id);
    append_time(out, one.forget_at);
  }
  for (const auto& checkout : kept.checkouts) append_named(out, 'q', checkout_to_bytes(*checkout));
  return util::hex_digest(out);
}

std::string digest_of(const UserId& id, const UserFields& fields) {
  std::string out = "u";
  append_counted(out, id.str());
  for (const auto& [name, value] : fields) {
    append_counted(out, name);
    append_counted(out, value);
  }
  return util::hex_digest(out);
}

}  // namespace cartd::format
