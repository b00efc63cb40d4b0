#include "runtime/metrics.h"

#include "support/http_client.h"

#include <gtest/gtest.h>

#include <barrier>
#include <cstddef>
#include <functional>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

/// Runs `work` on so many threads at once, until all have ended.
void on_threads(std::size_t count, const std::function<void()>& work) {
  std::barrier begin(static_cast<std::ptrdiff_t>(count));
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&] {
      begin.arrive_and_wait();
      work();
    });
  }
}

TEST(Metrics, SumOfAllThreadsIsExact) {
  constexpr std::size_t threads = 4;
  constexpr int each = 500'000;
  Metrics metrics;
  Counter& counter = metrics.counter("c_total", "", {});
  UpDownCounter& level = metrics.up_down_counter("level", "", {});
  Histogram& histogram = metrics.histogram("h", "", {}, {1, 2});
  on_threads(threads, [&] {
    for (int i = 0; i < each; ++i) {
      counter.add();
      level.add(3);
      level.add(-2);
      histogram.observe(i % 4);
    }
  });
  constexpr double all = double{threads} * each;
  EXPECT_EQ(counter.value(), all);
  EXPECT_EQ(level.value(), all);
  const std::string text = metrics.text();
  EXPECT_EQ(metric_in(text, "c_total"), all);
  EXPECT_EQ(metric_in(text, "level"), all);
  EXPECT_EQ(metric_in(text, "h_bucket{le=\"1\"}"), all / 2);
  EXPECT_EQ(metric_in(text, "h_bucket{le=\"2\"}"), all / 4 * 3);
  EXPECT_EQ(metric_in(text, "h_bucket{le=\"+Inf\"}"), all);
  EXPECT_EQ(metric_in(text, "h_count"), all);
  EXPECT_EQ(metric_in(text, "h_sum"), all / 4 * (0 + 1 + 2 + 3));
}

TEST(Metrics, ReadingDuringWritesNeverGoesBack) {
  constexpr int each = 20'000;
  Metrics metrics;
  Counter& counter = metrics.counter("c_total", "", {});
  Histogram& histogram = metrics.histogram("h", "", {}, {1, 2});
  const std::jthread writers([&] {
    on_threads(3, [&] {
      for (int i = 0; i < each; ++i) {
        counter.add();
        histogram.observe(i % 4);
      }
    });
  });
  double before = 0;
  double count_before = 0;
  while (before < 3 * each) {
    const std::string text = metrics.text();
    const double now = metric_in(text, "c_total").value();
    const double count = metric_in(text, "h_count").value();
    ASSERT_GE(now, before);
    ASSERT_GE(count, count_before);
    ASSERT_EQ(metric_in(text, "h_bucket{le=\"+Inf\"}"), count);
    ASSERT_GE(count, metric_in(text, "h_bucket{le=\"2\"}").value());
    ASSERT_GE(metric_in(text, "h_bucket{le=\"2\"}"), metric_in(text, "h_bucket{le=\"1\"}"));
    before = now;
    count_before = count;
  }
}

TEST(Metrics, ThreadsThatEndedAreStillCounted) {
  Metrics metrics;
  Counter& counter = metrics.counter("c_total", "", {});
  constexpr std::size_t threads = MetricCells::own_columns + 10;
  for (std::size_t i = 0; i < threads; ++i) std::jthread([&] { counter.add(); }).join();
  EXPECT_EQ(counter.value(), threads);
}

TEST(Metrics, ThreadsThatShareCellsAreExactToo) {
  Metrics metrics;
  Counter& counter = metrics.counter("c_total", "", {});
  std::latch all_counted(MetricCells::own_columns);
  std::latch done(1);
  std::vector<std::jthread> owners;
  for (std::size_t i = 0; i < MetricCells::own_columns; ++i) {
    owners.emplace_back([&] {
      counter.add();
      all_counted.count_down();
      done.wait();
    });
  }
  all_counted.wait();
  constexpr std::size_t threads = 4;
  constexpr std::size_t each = 1'000'000;
  on_threads(threads, [&] {
    for (std::size_t i = 0; i < each; ++i) counter.add();
  });
  done.count_down();
  EXPECT_EQ(counter.value(), MetricCells::own_columns + threads * each);
}

TEST(Metrics, ThoseOfOneObjectAreApartFromAnothers) {
  Metrics one;
  Metrics other;
  one.counter("c_total", "", {}).add(2);
  other.counter("c_total", "", {}).add(3);
  EXPECT_EQ(one.counter("c_total", "", {}).value(), 2);
  EXPECT_EQ(other.counter("c_total", "", {}).value(), 3);
}

TEST(Metrics, SameNameAndLabelsAreTheSameSeries) {
  Metrics metrics;
  Counter& a = metrics.counter("c_total", "", {{"of", "a"}});
  EXPECT_EQ(&metrics.counter("c_total", "", {{"of", "a"}}), &a);
  EXPECT_NE(&metrics.counter("c_total", "", {{"of", "b"}}), &a);
}

TEST(Metrics, OneNameHasOneType) {
  Metrics metrics;
  metrics.counter("c_total", "", {});
  EXPECT_THROW(metrics.gauge("c_total", "", {}), std::invalid_argument);
}

TEST(Metrics, TooManyAreRefused) {
  MetricCells cells;
  EXPECT_THROW(cells.allocate(MetricCells::chunk_cells + 1), std::length_error);
  cells.allocate(1);
  for (std::size_t i = 1; i < MetricCells::max_cells / MetricCells::chunk_cells; ++i)
    cells.allocate(MetricCells::chunk_cells);
  EXPECT_THROW(cells.allocate(MetricCells::chunk_cells), std::length_error);
}

TEST(Metrics, AreWrittenAsPrometheusReadsThem) {
  Metrics metrics;
  metrics.counter("c_total", "Counts.", {{"of", "a \"b\""}}).add(2.5);
  metrics.gauge("g", "Last.", {}).set(7);
  metrics.gauge("g", "Last.", {}).set(4);
  metrics.histogram("h", "Spread.", {{"x", "y"}}, {0.5, 1}).observe(0.5);
  metrics.histogram("h", "Spread.", {{"x", "y"}}, {0.5, 1}).observe(9);
  metrics.up_down_counter("u", "Level.", {}).add(-1);
  EXPECT_EQ(metrics.text(),
            "# HELP c_total Counts.\n"
            "# TYPE c_total counter\n"
            "c_total{of=\"a \\\"b\\\"\"} 2.5\n"
            "# HELP g Last.\n"
            "# TYPE g gauge\n"
            "g 4\n"
            "# HELP h Spread.\n"
            "# TYPE h histogram\n"
            "h_count{x=\"y\"} 2\n"
            "h_sum{x=\"y\"} 9.5\n"
            "h_bucket{x=\"y\",le=\"0.5\"} 1\n"
            "h_bucket{x=\"y\",le=\"1\"} 1\n"
            "h_bucket{x=\"y\",le=\"+Inf\"} 2\n"
            "# HELP u Level.\n"
            "# TYPE u gauge\n"
            "u -1\n");
}

}  // namespace
}  // namespace cartd::test
