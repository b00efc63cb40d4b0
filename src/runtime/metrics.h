// Figures for operators, in Prometheus' text format. A class that counts something asks for a counter once, at
// start-up, and keeps the reference: it is valid as long as the Metrics it came from.
//
// Threads: everything here is thread-safe. Counting is meant for every request: each thread counts in memory of its own
// (see runtime/metric_cells.h), which is summed when it is read.
#pragma once

#include "runtime/metric_cells.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cartd {

/// Only rises.
class Counter {
 public:
  /// `cells` outlives it; so it is with the other types.
  explicit Counter(MetricCells& cells) : cells_(cells), cell_(cells.allocate(1)) {}
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  /// `amount` is not negative.
  void add(double amount = 1) { cells_.add(cell_, amount); }
  double value() const { return cells_.sum(cell_); }

 private:
  MetricCells& cells_;
  const std::size_t cell_;
};

/// Rises and falls, as what it counts comes and goes. Prometheus calls it a gauge.
class UpDownCounter {
 public:
  explicit UpDownCounter(MetricCells& cells) : cells_(cells), cell_(cells.allocate(1)) {}
  UpDownCounter(const UpDownCounter&) = delete;
  UpDownCounter& operator=(const UpDownCounter&) = delete;

  void add(double amount) { cells_.add(cell_, amount); }
  double value() const { return cells_.sum(cell_); }

 private:
  MetricCells& cells_;
  const std::size_t cell_;
};

/// The newest of the values that were measured. All threads share it: not for every request.
class Gauge {
 public:
  Gauge() = default;
  Gauge(const Gauge&) = delete;
  Gauge& operator=(const Gauge&) = delete;

  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class Histogram {
 public:
  /// `bounds` are the upper bounds of the buckets, rising; values beyond them are counted, too.
  Histogram(MetricCells& cells, std::vector<double> bounds);
  Histogram(const Histogram&) = delete;
  Histogram& operator=(const Histogram&) = delete;

  void observe(double value);

  struct Value {
    std::vector<std::uint64_t> counts;  ///< Values in each bucket, and last those beyond all bounds.
    double sum;
  };
  /// While others observe, the sum may have some values more or less than the counts.
  Value value() const;
  const std::vector<double>& bounds() const { return bounds_; }

 private:
  MetricCells& cells_;
  const std::vector<double> bounds_;
  const std::size_t first_;  ///< The cell of the first bucket; the sum's is the last one.
};

class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The same name and labels give the same counter. Names follow Prometheus' rules: cartd_…_total. Throws
  /// std::invalid_argument, as all of these do, when the name is taken by a metric of another type.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels);
  UpDownCounter& up_down_counter(const std::string& name, const std::string& help, const Labels& labels);
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels);
  Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels,
                       const std::vector<double>& bounds);

  /// Everything, in Prometheus' text format, version 0.0.4.
  std::string text() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Bounds for latencies, in seconds: 50 µs to 5 s.
const std::vector<double>& latency_bounds();

}  // namespace cartd
