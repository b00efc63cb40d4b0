// For operators and monitoring: /healthz, /readyz, /metrics, /openapi.yaml.
#include "api/rest/handlers.h"
#include "api/rest/openapi.h"
#include "api/rest/outbox_json.h"
#include "api/rest/readiness.h"
#include "util/json_string.h"

namespace cartd::rest {
namespace {

using boost::asio::awaitable;

http::Response text_response(const char* content_type, std::string body) {
  http::Response response;
  response.content_type = content_type;
  response.body = std::move(body);
  return response;
}

}  // namespace

awaitable<http::Response> get_health(Context&, http::Call) {
  co_return http::json_response(200, "{\"status\":\"ok\"}");
}

awaitable<http::Response> get_readiness(Context& context, http::Call) {
  const StoreReport store = co_await context.carts.check();
  const OutboxReport outbox = context.carts.outbox();
  const Readiness readiness = judge_readiness(store, outbox, context.stopping);
  std::string body = R"({"status":")" + std::string(readiness.status) + R"(","store":{"kind":)";
  util::append_json_string(body, context.store_kind);
  body += store.ready ? ",\"ready\":true" : ",\"ready\":false";
  append_detail(body, store.detail);
  body += "},\"outbox\":";
  append_json(body, outbox);
  body += ",\"degraded\":[";
  for (const char* const part : readiness.degraded) {
    if (part != readiness.degraded.front()) body += ',';
    util::append_json_string(body, part);
  }
  body += "]}";
  http::Response response = http::json_response(readiness.code, std::move(body));
  if (readiness.code != 200) response.add_header("Retry-After", "1");
  co_return response;
}

awaitable<http::Response> get_metrics(Context& context, http::Call) {
  co_return text_response("text/plain; version=0.0.4; charset=utf-8", context.metrics.text());
}

awaitable<http::Response> get_openapi(Context&, http::Call) {
  http::Response response = text_response("application/yaml", std::string(openapi_text));
  response.cache_control = http::cached_for_an_hour;
  co_return response;
}

}  // namespace cartd::rest
