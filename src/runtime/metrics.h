// Figures for operators, in Prometheus' text format. Whoever has something to count asks for a counter once, at
// start-up, and keeps the reference: it is valid as long as the Metrics it came from.
//
// Threads: everything here is thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cartd {

class Counter {
 public:
  virtual ~Counter() = default;
  /// `amount` is not negative.
  virtual void add(double amount = 1) = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double amount) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The same name and labels give the same counter. Names follow Prometheus' rules: cartd_…_total.
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels);
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels);
  /// `bounds` are the upper bounds of the buckets, rising.
  Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels, const std::vector<double>& bounds);

  /// Everything, in Prometheus' text format, version 0.0.4.
  std::string text() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Bounds for latencies, in seconds: 50 µs to 5 s.
const std::vector<double>& latency_bounds();

}  // namespace cartd
