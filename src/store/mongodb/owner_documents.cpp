#include "store/mongodb/owner_documents.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace cartd::mongodb {
namespace {

/// How many lines there are, and of how many pieces. What is no quantity counts as none.
void count_lines(const Document& document, OwnedCart& cart) {
  bson_iter_t at;
  bson_iter_t lines;
  if (!bson_iter_init_find(&at, document.get(), "lines") || !BSON_ITER_HOLDS_ARRAY(&at) ||
      !bson_iter_recurse(&at, &lines))
    return;
  while (bson_iter_next(&lines)) {
    ++cart.line_count;
    bson_iter_t line;
    if (!BSON_ITER_HOLDS_DOCUMENT(&lines) || !bson_iter_recurse(&lines, &line) || !bson_iter_find(&line, "quantity") ||
        !BSON_ITER_HOLDS_INT(&line))
      continue;
    cart.item_count += std::clamp<std::int64_t>(bson_iter_as_int64(&line), 0, max_readable_quantity);
  }
}

}  // namespace

Operation find_carts_of(const OwnedRequest& request, Time now) {
  Operation find{Operation::Kind::find, collection::carts};
  find.most = static_cast<std::int64_t>(request.most + 1);
  find.filter.text("owner", request.owner.str());
  if (request.kind && *request.kind) {
    find.filter.text("kind", (*request.kind)->str());
  } else if (request.kind) {
    Document is_missing;
    is_missing.flag("$exists", false);
    find.filter.document("kind", is_missing);
  }
  Document is_there;
  is_there.time("$gt", now);
  find.filter.document("expires_at", is_there);
  if (request.after) {
    Document before_it;
    before_it.time("$lt", request.after->created_at);
    Document older;
    older.document("created_at", before_it);
    Document behind_it;
    behind_it.text("$gt", request.after->id.str());
    Document as_old;
    as_old.time("created_at", request.after->created_at).document("_id", behind_it);
    Document either;
    either.document("0", older).document("1", as_old);
    find.filter.array("$or", either);
  }
  find.order.number("created_at", -1).number("_id", 1);
  for (const char* field : {"layout", "kind", "version", "created_at", "updated_at", "expires_at", "lines.quantity"})
    find.body.number(field, 1);
  return find;
}

std::optional<CartPlace> place_in(const Document& document) {
  const Fields fields(document);
  auto id = CartId::parse(fields.text("_id").value_or(""));
  const auto created_at = fields.time("created_at");
  if (!id || !created_at) return std::nullopt;
  return CartPlace{*created_at, std::move(*id)};
}

std::optional<OwnedCart> owned_cart_from(const Document& document) {
  const Fields fields(document);
  auto place = place_in(document);
  const auto version = fields.number("version");
  const auto layout = fields.number("layout");
  auto kind = fields.has("kind") ? kind_from(fields.text("kind").value_or("")) : std::optional<CartKind>();
  if (!place || !kind || !version || *version < 0 || !layout || *layout < 1 || *layout > 2) return std::nullopt;
  OwnedCart cart{std::move(place->id), std::move(*kind),          static_cast<std::uint64_t>(*version),
                 place->created_at,    fields.time("updated_at"), fields.time("expires_at")};
  count_lines(document, cart);
  return cart;
}

}  // namespace cartd::mongodb
