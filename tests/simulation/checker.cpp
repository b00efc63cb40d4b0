#include "simulation/checker.h"

#include "simulation/translation.h"

namespace cartd::simulation {

test::CheckResult check_run(std::vector<test::Exchange> history, const std::vector<test::Kill>& kills,
                            const std::vector<std::string>& carts, const Server& primary, const Scenario& scenario) {
  test::mark_unpromised(history, kills);
  test::FinalCarts finals{.source = "the store"};
  for (const std::string& name : carts) {
    const CartId id = *CartId::parse(name);
    const SnapshotPtr snapshot = primary.load(id);
    finals.carts[name] = view_of(snapshot->record.cart, {Durability::primary});
  }
  return test::check(history, {finals}, {.store_may_roll_back = scenario.fails_over});
}

}  // namespace cartd::simulation
