// What operators and their machines ask: /healthz, /readyz, /metrics, /openapi.yaml.
#include "codec/json.h"
#include "transport/http/handlers.h"
#include "transport/http/outbox_json.h"
#include "transport/http/readiness.h"

namespace cartd::http {
namespace {

using boost::asio::awaitable;

Response text_response(const char* content_type, std::string body) {
  Response response;
  response.content_type = content_type;
  response.body = std::move(body);
  return response;
}

}  // namespace

awaitable<Response> get_health(Backend&, Call) { co_return json_response(200, "{\"status\":\"ok\"}"); }

awaitable<Response> get_readiness(Backend& backend, Call) {
  const StoreState store = co_await backend.carts.check();
  const OutboxStatus outbox = backend.carts.outbox();
  const std::optional<JournalState> journal = outbox.journal ? std::optional(outbox.journal->state) : std::nullopt;
  const Readiness readiness = judge_readiness(store, journal, backend.stopping);
  std::string body = R"({"status":")" + std::string(readiness.status) + R"(","store":{"kind":)";
  append_json_string(body, backend.options.store_kind);
  body += store.ready ? ",\"ready\":true" : ",\"ready\":false";
  append_detail(body, store.detail);
  body += "},\"outbox\":";
  append_json(body, outbox);
  body += ",\"degraded\":[";
  for (const char* const part : readiness.degraded) {
    if (part != readiness.degraded.front()) body += ',';
    append_json_string(body, part);
  }
  body += "]}";
  Response response = json_response(readiness.code, std::move(body));
  if (readiness.code != 200) response.add_header("Retry-After", "1");
  co_return response;
}

awaitable<Response> get_metrics(Backend& backend, Call) {
  co_return text_response("text/plain; version=0.0.4; charset=utf-8", backend.metrics.text());
}

awaitable<Response> get_openapi(Backend& backend, Call) {
  Response response = text_response("application/yaml", backend.options.openapi);
  response.cache_control = cached_for_an_hour;
  co_return response;
}

}  // namespace cartd::http
