// Pages of an owner's carts in the database.
#include "format/cart_values.h"
#include "store/postgres/access.h"
#include "store/postgres/parameters.h"
#include "store/postgres/postgres_cart_store.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd {

using namespace postgres;

namespace {

/// The columns of carts_of_owner.
namespace owned_column {
constexpr std::size_t id = 0;
constexpr std::size_t kind = 1;
constexpr std::size_t version = 2;
constexpr std::size_t created_at = 3;
constexpr std::size_t updated_at = 4;
constexpr std::size_t expires_at = 5;
constexpr std::size_t lines = 6;
constexpr std::size_t pieces = 7;
constexpr std::size_t is_shown = 8;
constexpr std::size_t looked_at = 9;
}  // namespace owned_column

std::optional<Time> owned_time(const Rows& rows, std::size_t row, std::size_t column) {
  const auto ms = rows.number(row, column);
  if (!ms || *ms < 0 || static_cast<std::uint64_t>(*ms) > format::last_time) return std::nullopt;
  return Time(Millis(*ms));
}

/// Nothing: somebody else wrote it.
std::optional<OwnedCart> owned_cart_from(const Rows& rows, std::size_t row) {
  auto id = CartId::parse(rows.text(row, owned_column::id).value_or(""));
  auto kind = kind_from(rows.text(row, owned_column::kind).value_or(usual_kind));
  const auto version = rows.number(row, owned_column::version);
  const auto created_at = owned_time(rows, row, owned_column::created_at);
  const auto lines = rows.number(row, owned_column::lines);
  const auto pieces = rows.number(row, owned_column::pieces);
  if (!id || !kind || !created_at || !version || *version < 0 || !lines || !pieces) return std::nullopt;
  return OwnedCart{std::move(*id),
                   std::move(*kind),
                   static_cast<std::uint64_t>(*version),
                   *created_at,
                   owned_time(rows, row, owned_column::updated_at),
                   owned_time(rows, row, owned_column::expires_at),
                   static_cast<std::size_t>(*lines),
                   *pieces};
}

}  // namespace

boost::asio::awaitable<Result<OwnedPage>> PostgresCartStore::carts_of(OwnedRequest request) {
  std::vector<Parameter> parameters{text(request.owner.str()),
                                    request.after ? time(request.after->created_at) : Parameter(),
                                    text(request.after ? request.after->id.str() : std::string()),
                                    number(most_looked_at),
                                    number(request.most),
                                    time(own_clock())};
  if (request.kind) parameters.push_back(text(*request.kind ? (*request.kind)->str() : std::string()));
  const Statement& statement = request.kind ? carts_of_owner_and_kind : carts_of_owner;
  const auto rows =
      co_await ask(store_.database(), calls_, statement, std::move(parameters), std::string(), request.deadline);
  if (!rows) co_return rows.error();
  OwnedPage page;
  std::size_t shown = 0;
  std::optional<CartPlace> last_shown;
  std::optional<CartPlace> last_looked_at;
  for (std::size_t row = 0; row < rows->count(); ++row) {
    auto id = CartId::parse(rows->text(row, owned_column::id).value_or(""));
    const auto created_at = owned_time(*rows, row, owned_column::created_at);
    if (id && created_at) last_looked_at = CartPlace{*created_at, std::move(*id)};
    if (rows->number(row, owned_column::is_shown) != 1) continue;
    ++shown;
    last_shown = last_looked_at;
    if (auto cart = owned_cart_from(*rows, row)) page.carts.push_back(std::move(*cart));
  }
  const bool is_full = shown >= request.most;
  const bool looked_at_most =
      rows->count() != 0 && rows->number(0, owned_column::looked_at) == static_cast<std::int64_t>(most_looked_at);
  const bool has_more_behind = is_full && last_shown != last_looked_at;
  if (has_more_behind) page.next = last_shown;
  else if (looked_at_most) page.next = last_looked_at;
  co_return page;
}

}  // namespace cartd
