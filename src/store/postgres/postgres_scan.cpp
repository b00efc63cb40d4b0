// Pages of all carts and users in the database, by id: a cursor is the id behind which to go on.
#include "format/stored_user.h"
#include "store/kept.h"
#include "store/postgres/access.h"
#include "store/postgres/cart_row.h"
#include "store/postgres/parameters.h"
#include "store/postgres/postgres_cart_store.h"
#include "store/postgres/postgres_user_store.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd {

using namespace postgres;

namespace {

std::vector<Parameter> scan_parameters(const ScanRequest& request) {
  return {text(request.cursor), number(request.most), number(request.most_bytes)};
}

/// The last row's id; empty where there is no row, which is the end.
std::string next_of(const Rows& rows, std::size_t id_column) {
  return rows.count() == 0 ? std::string() : std::string(rows.text(rows.count() - 1, id_column).value_or(""));
}

}  // namespace

boost::asio::awaitable<Result<CartPage>> PostgresCartStore::scan(ScanRequest request) {
  constexpr std::size_t now_column = 0;
  constexpr std::size_t id_column = 13;
  std::vector<Parameter> parameters = scan_parameters(request);
  const auto rows =
      co_await ask(store_.database(), calls_, scan_carts, std::move(parameters), std::string(), request.deadline);
  if (!rows) co_return rows.error();
  CartPage page;
  page.next = next_of(*rows, id_column);
  std::vector<Loaded> found;
  for (std::size_t row = 0; row < rows->count(); ++row) {
    Result<Snapshot> snapshot = scanned_from(*rows, row);
    if (!snapshot) {
      page.unreadable.push_back({std::string(rows->text(row, id_column).value_or("")), snapshot.error().detail});
      continue;
    }
    const Time now = own_clock().value_or(Time(Millis(rows->number(row, now_column).value_or(0))));
    if (snapshot->record.forget_at > now)
      found.push_back({std::make_shared<const Snapshot>(std::move(*snapshot)), true, now});
  }
  std::vector<std::string> ids;
  for (const Loaded& one : found) ids.push_back(one.snapshot->record.cart.id.str());
  auto complete = co_await complete_all_kept(*this, std::move(found), request.deadline);
  for (std::size_t i = 0; i < complete.size(); ++i) {
    if (complete[i]) page.carts.push_back(std::move(complete[i]->kept));
    else if (complete[i].error().code == Errc::corrupt) page.unreadable.push_back({ids[i], complete[i].error().detail});
    else co_return complete[i].error();
  }
  co_return page;
}

boost::asio::awaitable<Result<UserPage>> PostgresUserStore::scan(ScanRequest request) {
  constexpr std::int64_t known_layout = 1;
  std::vector<Parameter> parameters = scan_parameters(request);
  const auto rows =
      co_await ask(store_.database(), calls_, scan_users, std::move(parameters), std::string(), request.deadline);
  if (!rows) co_return rows.error();
  UserPage page;
  page.next = next_of(*rows, 0);
  for (std::size_t row = 0; row < rows->count(); ++row) {
    const std::string name(rows->text(row, 0).value_or(""));
    auto id = UserId::parse(name);
    auto fields = format::user_fields_from_json(rows->text(row, 2).value_or(""));
    if (id && fields && rows->number(row, 1) == known_layout)
      page.users.push_back({std::move(*id), std::move(*fields)});
    else page.unreadable.push_back({name, "the stored user cannot be decoded"});
  }
  co_return page;
}

}  // namespace cartd
