#include "service/cart_metrics.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace cartd {
namespace {

constexpr std::array<std::string_view, 9> kind_names{"add",   "remove",   "remove_line", "set",  "clear",
                                                     "batch", "annotate", "delete",      "touch"};
constexpr std::array<const char*, 4> effect_names{"changed", "unchanged", "duplicate", "replayed"};

std::size_t kind_index(const Command& command) {
  return static_cast<std::size_t>(std::find(kind_names.begin(), kind_names.end(), kind(command)) - kind_names.begin());
}

double seconds(std::chrono::steady_clock::duration took) { return std::chrono::duration<double>(took).count(); }

Histogram& store_seconds(Metrics& metrics, const char* operation) {
  return metrics.histogram("cartd_store_seconds",
                           "Time from a reactor's asking the store until its answer, waiting for earlier changes of the same cart included",
                           {{"operation", operation}}, latency_bounds());
}

Counter& reads(Metrics& metrics, const char* result) {
  return metrics.counter("cartd_cart_reads_total", "Carts read, by whether there was one", {{"result", result}});
}

}  // namespace

CartMetrics::CartMetrics(Metrics& metrics)
    : metrics_(metrics),
      hits_(reads(metrics, "hit")),
      misses_(reads(metrics, "miss")),
      lines_(metrics.histogram("cartd_cart_lines", "Lines of a cart after a change", {}, {0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000})),
      find_seconds_(store_seconds(metrics, "find")),
      apply_seconds_(store_seconds(metrics, "apply")) {
  static_assert(kind_names.size() == kinds);
  static_assert(effect_names.size() + static_cast<std::size_t>(Errc::corrupt) < outcomes);
}

void CartMetrics::count_change(const Command& command, Effect effect) {
  const auto index = static_cast<std::size_t>(effect);
  count(command, index, effect_names[index]);
}

void CartMetrics::count_change(const Command& command, Errc error) {
  count(command, effect_names.size() + static_cast<std::size_t>(error), to_string(error));
}

void CartMetrics::count(const Command& command, std::size_t outcome, const char* name) {
  const std::size_t which = kind_index(command);
  std::atomic<Counter*>& slot = changes_[which][outcome];
  Counter* counter = slot.load(std::memory_order_acquire);
  if (!counter) {
    counter = &metrics_.counter("cartd_commands_total", "Commands, by kind and outcome",
                                {{"kind", std::string(kind_names[which])}, {"outcome", name}});
    slot.store(counter, std::memory_order_release);
  }
  counter->add();
}

void CartMetrics::count_read(bool hit) { (hit ? hits_ : misses_).add(); }
void CartMetrics::observe_lines(std::size_t lines) { lines_.observe(static_cast<double>(lines)); }
void CartMetrics::observe_find(std::chrono::steady_clock::duration took) { find_seconds_.observe(seconds(took)); }
void CartMetrics::observe_apply(std::chrono::steady_clock::duration took) { apply_seconds_.observe(seconds(took)); }

}  // namespace cartd
