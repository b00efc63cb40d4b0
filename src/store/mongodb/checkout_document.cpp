#include "store/mongodb/checkout_document.h"

#include "format/checkout.h"
#include "store/mongodb/forgetting.h"
#include "store/mongodb/json_values.h"
#include "util/hex.h"

namespace cartd::mongodb {
namespace {

constexpr std::int64_t checkout_layout = 1;
// No checkout has more: each is there for a moment, but for the one that counts.
constexpr std::int64_t most_documents = 1000;

}  // namespace

std::string checkout_document_id(const CheckoutId& id, Token token) {
  std::string out = id.str() + '.';
  for (int shift = 56; shift >= 0; shift -= 8) util::append_hex(out, static_cast<unsigned char>(token >> shift));
  return out;
}

Operation insert_checkout(const Checkout& checkout, Token token) {
  Operation operation{Operation::Kind::insert, collection::checkouts};
  Document& body = operation.body;
  body.text("_id", checkout_document_id(checkout.id, token)).number("layout", checkout_layout);
  body.text("checkout", checkout.id.str()).text("cart", checkout.cart.str());
  if (checkout.owner) body.text("owner", checkout.owner->str());
  if (checkout.order) body.time("completed_at", checkout.order->completed_at);
  if (checkout.order && !checkout.order->payment_ref.empty()) body.text("payment_ref", checkout.order->payment_ref);
  add_forget_at(body, checkout.forget_at);
  add_lines(body, "lines", checkout.lines);
  body.bytes("content", format::checkout_to_bytes(checkout));
  return operation;
}

Operation erase_checkouts(const std::vector<std::string>& document_ids) {
  Document ids;
  for (std::size_t i = 0; i < document_ids.size(); ++i) ids.text(std::to_string(i), document_ids[i]);
  Document among;
  among.array("$in", ids);
  Operation operation{Operation::Kind::erase, collection::checkouts};
  operation.filter.document("_id", among);
  return operation;
}

Operation confirm_order(const std::string& document_id) {
  Operation operation{Operation::Kind::update, collection::checkouts};
  Document is_there;
  is_there.flag("$exists", true);
  operation.filter.text("_id", document_id).document("completed_at", is_there);
  Document set;
  set.flag("confirmed", true);
  operation.body.document("$set", set);
  return operation;
}

Operation find_checkout_documents(const CheckoutId& id) {
  Operation operation{Operation::Kind::find, collection::checkouts};
  operation.most = most_documents;
  Document range;
  // "/" is the character after ".".
  range.text("$gte", id.str() + '.').text("$lt", id.str() + '/');
  operation.filter.document("_id", range);
  return operation;
}

const Document* confirmed_among(const std::vector<Document>& documents) {
  for (const Document& document : documents)
    if (Fields(document).flag("confirmed") == true) return &document;
  return nullptr;
}

const Document* with_id(const std::vector<Document>& documents, std::string_view document_id) {
  for (const Document& document : documents)
    if (Fields(document).text("_id") == document_id) return &document;
  return nullptr;
}

std::optional<CartId> cart_of(const Document& document) {
  const auto text = Fields(document).text("cart");
  auto id = text ? CartId::parse(*text) : Result<CartId>(Error{Errc::corrupt, ""});
  return id ? std::optional(std::move(*id)) : std::nullopt;
}

Result<std::shared_ptr<const Checkout>> checkout_from(const CheckoutId& id, const Document& document) {
  const Fields fields(document);
  const auto content = fields.bytes("content");
  if (fields.number("layout") != checkout_layout || !content)
    return Error{Errc::corrupt, "the stored checkout cannot be decoded"};
  auto checkout = format::checkout_from_bytes(*content);
  if (checkout && (*checkout)->id != id) return Error{Errc::corrupt, "the stored checkout is another one"};
  return checkout;
}

}  // namespace cartd::mongodb
