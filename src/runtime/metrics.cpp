#include "runtime/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <variant>

namespace cartd {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricType;

template <class T>
using Series = std::map<Metrics::Labels, T>;

/// Metrics of one name, by their labels.
struct Family {
  std::string help;
  std::variant<Series<Counter>, Series<UpDownCounter>, Series<Gauge>, Series<Histogram>> series;
};

/// Writes a metric in the way of its type.
struct Writer {
  void operator()(const Counter& counter) { to.counter.value = counter.value(); }
  void operator()(const UpDownCounter& counter) { to.gauge.value = counter.value(); }
  void operator()(const Gauge& gauge) { to.gauge.value = gauge.value(); }
  void operator()(const Histogram& histogram) {
    const Histogram::Value value = histogram.value();
    std::uint64_t cumulative = 0;
    std::vector<double> bounds = histogram.bounds();
    bounds.push_back(std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      cumulative += value.counts[i];
      to.histogram.bucket.push_back({cumulative, bounds[i]});
    }
    to.histogram.sample_count = cumulative;
    to.histogram.sample_sum = value.sum;
  }

  ClientMetric& to;
};

prometheus::MetricFamily collect(const std::string& name, const Family& family) {
  constexpr std::array types{MetricType::Counter, MetricType::Gauge, MetricType::Gauge, MetricType::Histogram};
  static_assert(types.size() == std::variant_size_v<decltype(family.series)>);
  prometheus::MetricFamily all{name, family.help, types.at(family.series.index()), {}};
  const auto write = [&all](const auto& series) {
    for (const auto& [labels, metric] : series) {
      ClientMetric& written = all.metric.emplace_back();
      for (const auto& [label, value] : labels) written.label.push_back({label, value});
      Writer{written}(metric);
    }
  };
  std::visit(write, family.series);
  return all;
}

}  // namespace

Histogram::Histogram(MetricCells& cells, std::vector<double> bounds)
    : cells_(cells), bounds_(std::move(bounds)), first_(cells.allocate(bounds_.size() + 2)) {}

void Histogram::observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  cells_.add(first_ + static_cast<std::size_t>(bucket), 1);
  cells_.add(first_ + bounds_.size() + 1, value);
}

Histogram::Value Histogram::value() const {
  Value value{{}, cells_.sum(first_ + bounds_.size() + 1)};
  const std::size_t sum_cell = first_ + bounds_.size() + 1;
  for (std::size_t cell = first_; cell < sum_cell; ++cell)
    value.counts.push_back(static_cast<std::uint64_t>(cells_.sum(cell)));
  return value;
}

class Metrics::Impl {
 public:
  /// The metric of this type, name and labels, made with `arguments` when it is asked for first.
  template <class T, class... Arguments>
  T& once(const std::string& name, const std::string& help, const Labels& labels, Arguments&... arguments) {
    const std::lock_guard lock(mutex_);
    Family& family = families_.try_emplace(name, Family{help, Series<T>{}}).first->second;
    auto* const series = std::get_if<Series<T>>(&family.series);
    if (series == nullptr) throw std::invalid_argument(name + " is a metric of another type");
    return series->try_emplace(labels, arguments...).first->second;
  }

  std::string text() const {
    std::vector<prometheus::MetricFamily> all;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [name, family] : families_) all.push_back(collect(name, family));
    }
    return prometheus::TextSerializer().Serialize(all);
  }

  MetricCells cells{};

 private:
  mutable std::mutex mutex_{};
  std::map<std::string, Family> families_{};
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return impl_->once<Counter>(name, help, labels, impl_->cells);
}

UpDownCounter& Metrics::up_down_counter(const std::string& name, const std::string& help, const Labels& labels) {
  return impl_->once<UpDownCounter>(name, help, labels, impl_->cells);
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return impl_->once<Gauge>(name, help, labels);
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels,
                              const std::vector<double>& bounds) {
  return impl_->once<Histogram>(name, help, labels, impl_->cells, bounds);
}

std::string Metrics::text() const { return impl_->text(); }

const std::vector<double>& latency_bounds() {
  static const std::vector<double> bounds{0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                          0.025,   0.05,   0.1,     0.25,   0.5,   1,      2.5,   5};
  return bounds;
}

}  // namespace cartd
