#include "apps/cartd/redis_watch.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::app {
namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t times = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + what.size())) ++times;
  return times;
}

TEST(RedisWatch, ShowsABoundedNumberOfAddresses) {
  Metrics metrics;
  RedisWatch watch(metrics, "redis:6379");
  watch.observer();
  redis::ClientStatus status;
  status.primaries.resize(500);
  for (int look = 0; look < 5; ++look) {
    for (std::size_t i = 0; i < status.primaries.size(); ++i)
      status.primaries[i].address = "h" + std::to_string(look) + "." + std::to_string(i) + ":1";
    watch.look(0, status, std::chrono::milliseconds(1));
  }
  EXPECT_EQ(count(metrics.text(), "cartd_redis_primary{"), 1024U);
  EXPECT_EQ(count(metrics.text(), "} 1\n"), 0U) << "those of the first looks own nothing any more";
}

}  // namespace
}  // namespace cartd::app
