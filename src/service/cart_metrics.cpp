#include "service/cart_metrics.h"

namespace cartd {
namespace {

constexpr std::array effect_names{"changed", "unchanged", "duplicate", "replayed"};

double seconds(std::chrono::steady_clock::duration took) { return std::chrono::duration<double>(took).count(); }

Histogram& store_seconds(Metrics& metrics, const char* operation) {
  return metrics.histogram("cartd_store_seconds",
                           "Time spent waiting for the store, including earlier changes of the same cart",
                           {{"operation", operation}}, latency_bounds());
}

Counter& reads(Metrics& metrics, const char* result) {
  return metrics.counter("cartd_cart_reads_total", "Reads, by whether the cart existed", {{"result", result}});
}

}  // namespace

CartMetrics::CartMetrics(Metrics& metrics)
    : metrics_(metrics),
      hits_(reads(metrics, "hit")),
      misses_(reads(metrics, "miss")),
      lines_(metrics.histogram("cartd_cart_lines", "Lines of a cart after a change", {},
                               {0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000})),
      find_seconds_(store_seconds(metrics, "find")),
      apply_seconds_(store_seconds(metrics, "apply")) {
  static_assert(effect_names.size() == effects);
}

void CartMetrics::count_change(CommandKind kind, Effect effect) {
  const auto index = static_cast<std::size_t>(effect);
  count(kind, index, effect_names.at(index));
}

void CartMetrics::count_change(CommandKind kind, Errc error) {
  count(kind, effects + static_cast<std::size_t>(error), to_string(error));
}

void CartMetrics::count(CommandKind kind, std::size_t outcome, const char* name) {
  std::atomic<Counter*>& slot = changes_.at(static_cast<std::size_t>(kind)).at(outcome);
  Counter* counter = slot.load(std::memory_order_acquire);
  if (!counter) {
    counter = &metrics_.counter("cartd_commands_total", "Commands, by kind and outcome",
                                {{"kind", to_string(kind)}, {"outcome", name}});
    slot.store(counter, std::memory_order_release);
  }
  counter->add();
}

void CartMetrics::count_read(bool hit) { (hit ? hits_ : misses_).add(); }
void CartMetrics::observe_lines(std::size_t lines) { lines_.observe(static_cast<double>(lines)); }
void CartMetrics::observe_find(std::chrono::steady_clock::duration took) { find_seconds_.observe(seconds(took)); }
void CartMetrics::observe_apply(std::chrono::steady_clock::duration took) { apply_seconds_.observe(seconds(took)); }

}  // namespace cartd
