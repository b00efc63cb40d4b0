#include "simulation/checker.h"

#include "chaos/checker/purchase_check.h"
#include "simulation/translation.h"

#include <utility>

namespace cartd::simulation {
namespace {

test::FinalCarts carts_of(const Server& primary, const std::vector<std::string>& carts) {
  test::FinalCarts finals{.source = "the store"};
  for (const std::string& name : carts) {
    const CartId id = *CartId::parse(name);
    const SnapshotPtr snapshot = primary.load(id);
    finals.carts[name] = view_of(snapshot->record.cart, {Durability::primary});
  }
  return finals;
}

}  // namespace

test::CheckResult check_run(std::vector<test::Exchange> history, const std::vector<test::Kill>& kills,
                            const std::vector<std::string>& carts, const Server& primary, const Scenario& scenario) {
  test::mark_unpromised(history, kills);
  return test::check(history, {carts_of(primary, carts)}, {.store_may_roll_back = scenario.fails_over});
}

test::CheckResult check_merges(std::vector<test::PurchaseExchange> history, const std::vector<test::Kill>& kills,
                               const std::vector<std::string>& carts, const Server& primary, const Scenario& scenario) {
  test::mark_unpromised(history, kills);
  test::CheckResult result;
  test::check_purchases(history, {carts_of(primary, carts)}, {}, {.store_may_roll_back = scenario.fails_over}, result);
  return result;
}

}  // namespace cartd::simulation
