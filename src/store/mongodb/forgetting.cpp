#include "store/mongodb/forgetting.h"

#include <chrono>

namespace cartd::mongodb {

Time server_time(const Database& database) {
  return std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now()) + database.health().clock();
}

void add_forget_at(Document& to, Time forget_at) {
  to.time("forget_at", forget_at).time("forget_on", std::chrono::ceil<std::chrono::days>(forget_at));
}

Document past_filter(Time now) {
  Document by_time;
  by_time.time("$lte", now);
  Document by_day;
  by_day.time("$lte", std::chrono::ceil<std::chrono::days>(now));
  Document filter;
  filter.document("forget_on", by_day).document("forget_at", by_time);
  return filter;
}

}  // namespace cartd::mongodb
