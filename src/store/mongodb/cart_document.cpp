#include "store/mongodb/cart_document.h"

#include "format/record.h"
#include "store/mongodb/forgetting.h"
#include "store/mongodb/json_values.h"
#include "util/json_document.h"

#include <algorithm>
#include <string>
#include <utility>

namespace cartd::mongodb {
namespace {

// A cart with a kind is written as 2, so that a cartd that knows of none leaves it alone.
constexpr std::int64_t cart_layout = 1;
constexpr std::int64_t cart_layout_with_kind = 2;

bool is_cart_layout(std::optional<std::int64_t> layout) {
  return layout == cart_layout || layout == cart_layout_with_kind;
}

Error undecodable_cart() { return {Errc::corrupt, "the stored cart cannot be decoded"}; }

/// The unsigned number's bits as a signed one, in both directions.
std::int64_t number_of_token(Token token) { return static_cast<std::int64_t>(token); }

std::optional<Token> token_in(const Fields& fields, std::string_view name) {
  const auto number = fields.number(name);
  return number && *number != 0 ? std::optional(static_cast<Token>(*number)) : std::nullopt;
}

/// False where there is a value that is no time.
bool read_time(const Fields& fields, std::string_view name, std::optional<Time>& time) {
  time = fields.time(name);
  return time.has_value() || !fields.has(name);
}

bool read_texts(const Fields& fields, Cart& cart) {
  if (fields.has("owner")) {
    const auto text = fields.text("owner");
    auto id = text ? std::optional(UserId::parse(*text)) : std::nullopt;
    if (!id || !*id) return false;
    cart.owner = std::move(**id);
  }
  if (fields.has("kind")) {
    const auto name = fields.text("kind");
    auto kind = name ? kind_from(*name) : std::optional<CartKind>();
    if (!name || !kind) return false;
    cart.kind = std::move(*kind);
  }
  if (fields.has("metadata")) {
    auto json = object_in(fields, "metadata");
    if (!json || !util::is_json_object(*json)) return false;
    cart.metadata = std::move(*json);
  }
  return true;
}

bool read_replay(const Fields& fields, CartRecord& record) {
  const auto bytes = fields.bytes("replay");
  return bytes && format::replay_from_bytes(*bytes, record);
}

void add_time(Document& set, Document& unset, std::string_view name, const std::optional<Time>& time) {
  if (time) set.time(name, *time);
  else unset.text(name, "");
}

/// All of the record; what it does not have goes into `unset`.
void add_record(Document& set, Document& unset, const CartRecord& record, Token token) {
  const Cart& cart = record.cart;
  set.number("layout", cart.kind ? cart_layout_with_kind : cart_layout).number("token", number_of_token(token));
  set.number("version", static_cast<std::int64_t>(cart.version));
  if (cart.owner) set.text("owner", cart.owner->str());
  else unset.text("owner", "");
  if (cart.kind) set.text("kind", cart.kind->str());
  else unset.text("kind", "");
  if (!cart.metadata.empty()) add_object(set, "metadata", cart.metadata);
  else unset.text("metadata", "");
  add_time(set, unset, "created_at", cart.created_at);
  add_time(set, unset, "updated_at", cart.updated_at);
  add_time(set, unset, "expires_at", cart.expires_at);
  add_forget_at(set, record.forget_at);
  add_lines(set, "lines", cart.lines);
  set.bytes("replay", format::replay_to_bytes(record, token));
}

/// Of the documents that this cartd may write over.
Document known_layouts() {
  Document layouts;
  layouts.number("$gte", cart_layout).number("$lte", cart_layout_with_kind);
  return layouts;
}

/// Which checkouts' documents count from now on, and which do not any more.
void add_checkouts(Document& set, Document& unset, const RecordEdits& edits, Token token, const std::string& prefix) {
  for (const CheckoutEdit& edit : edits.checkout_contents) {
    if (edit.content) set.number(prefix + edit.id.str(), number_of_token(token));
    else unset.text(prefix + edit.id.str(), "");
  }
  for (const CheckoutId& id : edits.dropped_checkouts)
    if (!std::ranges::any_of(edits.checkout_contents, [&](const CheckoutEdit& edit) { return edit.id == id; }))
      unset.text(prefix + id.str(), "");
}

}  // namespace

Operation find_cart(const CartId& id) {
  Operation operation{Operation::Kind::find, collection::carts};
  operation.filter.text("_id", id.str());
  return operation;
}

Result<Snapshot> cart_from(const CartId& id, const Document& document) {
  const Fields fields(document);
  const auto token = token_in(fields, "token");
  const auto version = fields.number("version");
  const auto forget_at = fields.time("forget_at");
  if (!is_cart_layout(fields.number("layout")) || !token || !version || *version < 0 || !forget_at)
    return undecodable_cart();
  CartRecord record{Cart{id}};
  record.cart.version = static_cast<std::uint64_t>(*version);
  record.forget_at = *forget_at;
  const bool is_read = read_time(fields, "created_at", record.cart.created_at) &&
                       read_time(fields, "updated_at", record.cart.updated_at) &&
                       read_time(fields, "expires_at", record.cart.expires_at) && read_texts(fields, record.cart) &&
                       read_replay(fields, record);
  if (!is_read) return undecodable_cart();
  auto lines = lines_in(fields, "lines");
  if (!lines) return lines.error();
  record.cart.lines = std::move(*lines);
  Snapshot snapshot(std::move(record));
  snapshot.token = *token;
  return snapshot;
}

Operation write_cart(const CartRecord& record, Token before, Token token, const RecordEdits& edits, Time now) {
  Operation operation{before == 0 ? Operation::Kind::replace : Operation::Kind::update, collection::carts};
  operation.filter.text("_id", record.cart.id.str());
  // The layout, too, as somebody may have changed a document and left the token.
  if (before != 0) operation.filter.document("layout", known_layouts()).number("token", number_of_token(before));
  Document when;
  when.time(before == 0 ? "$lte" : "$gt", now);
  operation.filter.document("forget_at", when);

  Document unset;
  if (before == 0) {
    Document checkouts;
    add_record(operation.body, unset, record, token);
    add_checkouts(checkouts, unset, edits, token, "");
    operation.body.document("checkouts", checkouts);
    return operation;
  }
  Document set;
  add_record(set, unset, record, token);
  add_checkouts(set, unset, edits, token, "checkouts.");
  operation.body.document("$set", set);
  if (unset.size() > Document().size()) operation.body.document("$unset", unset);
  return operation;
}

Operation find_counting_checkouts(const CartId& id) {
  Operation operation = find_cart(id);
  operation.body.number("layout", 1).number("token", 1).number("checkouts", 1);
  return operation;
}

std::optional<Token> CountingCheckouts::of(const CheckoutId& id) const { return token_in(Fields(checkouts), id.str()); }

Result<CountingCheckouts> counting_checkouts_from(const Document& document) {
  const Fields fields(document);
  const auto token = token_in(fields, "token");
  auto checkouts = fields.document("checkouts");
  if (!is_cart_layout(fields.number("layout")) || !token || !checkouts) return undecodable_cart();
  return CountingCheckouts{*token, std::move(*checkouts)};
}

}  // namespace cartd::mongodb
