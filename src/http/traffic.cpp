#include "http/traffic.h"

#include <boost/beast/http/verb.hpp>

#include <string>

namespace cartd::http {
namespace {

constexpr const char* no_route = "unmatched";

std::string label_of(const Route* route) { return route ? std::string(route->pattern) : no_route; }

std::string method_of(const Route* route, bool head) {
  if (!route) return "other";
  return head ? "HEAD" : std::string(boost::beast::http::to_string(route->method));
}

}  // namespace

Traffic::Traffic(const Router& router, Metrics& metrics)
    : routes_(router.routes()),
      metrics_(metrics),
      counters_(2 * routes_.size() + 1),
      connections_(metrics.up_down_counter("cartd_http_connections", "Open HTTP connections.", {})) {
  const auto duration = [&](const Route* route) {
    return &metrics.histogram("cartd_http_request_seconds", "Time from receiving a request completely to its answer.",
                              {{"route", label_of(route)}}, latency_bounds());
  };
  for (const Route& route : routes_) durations_.push_back(duration(&route));
  durations_.push_back(duration(nullptr));
}

void Traffic::count(const Route* route, bool head, unsigned status, std::chrono::steady_clock::duration took) {
  const std::size_t index = route ? static_cast<std::size_t>(route - routes_.data()) : routes_.size();
  durations_[index]->observe(std::chrono::duration<double>(took).count());

  std::atomic<Counter*>& slot = counters_[2 * index + (route && head ? 1 : 0)].at(status);
  Counter* counter = slot.load(std::memory_order_acquire);
  if (!counter) {
    counter = &metrics_.counter(
        "cartd_http_requests_total", "Requests answered.",
        {{"route", label_of(route)}, {"method", method_of(route, head)}, {"status", std::to_string(status)}});
    slot.store(counter, std::memory_order_release);
  }
  counter->add();
}

}  // namespace cartd::http
