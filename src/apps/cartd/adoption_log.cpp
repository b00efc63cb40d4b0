#include "apps/cartd/adoption_log.h"

#include <string_view>

namespace cartd::app {
namespace {

Counter& json_carts(Metrics& metrics, const char* outcome) {
  return metrics.counter("cartd_json_carts_total",
                         "Carts of another service: adopted, adopted again after it wrote over one, or met and corrupt",
                         {{"outcome", outcome}});
}

}  // namespace

AdoptionLog::AdoptionLog(Metrics& metrics)
    : adopted_(json_carts(metrics, "adopted")),
      adopted_again_(json_carts(metrics, "adopted_again")),
      corrupt_(json_carts(metrics, "corrupt")) {}

JsonAdoption AdoptionLog::adoption(std::optional<MinorUnit> prices) {
  JsonAdoption adoption;
  adoption.prices = prices;
  adoption.on_adopted = [this](const CartId& id, bool again) {
    (again ? adopted_again_ : adopted_).add();
    if (!again) return;
    if (const auto left_out = again_lines_.pass())
      log(LogLevel::warn, "another service wrote a JSON cart over a cart; adopted it again",
          {{"cart", id.str()}, {"left_out", *left_out}});
  };
  adoption.on_corrupt = [this](const CartId& id, std::string_view why) {
    corrupt_.add();
    if (const auto left_out = corrupt_lines_.pass())
      log(LogLevel::warn, "a JSON cart is corrupt and not adopted",
          {{"cart", id.str()}, {"why", why}, {"left_out", *left_out}});
  };
  return adoption;
}

}  // namespace cartd::app
