// What operators and their machines ask: /healthz, /readyz, /metrics, /openapi.yaml.
#include "codec/json.h"
#include "transport/http/handlers.h"

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
  const std::size_t depth = backend.options.outbox_depth ? backend.options.outbox_depth() : 0;
  std::string body = "{\"status\":";
  body += store.ready ? "\"ready\"" : "\"unavailable\"";
  body += ",\"store\":{\"kind\":";
  append_json_string(body, backend.options.store_kind);
  body += store.ready ? ",\"ready\":true" : ",\"ready\":false";
  if (!store.detail.empty()) {
    body += ",\"detail\":";
    append_json_string(body, store.detail);
  }
  body += "},\"outbox\":{\"depth\":" + std::to_string(depth) + "},\"degraded\":[]}";
  Response response = json_response(store.ready ? 200 : 503, std::move(body));
  if (!store.ready) response.add_header("Retry-After", "1");
  co_return response;
}

awaitable<Response> get_metrics(Backend& backend, Call) {
  co_return text_response("text/plain; version=0.0.4; charset=utf-8", backend.metrics.text());
}

awaitable<Response> get_openapi(Backend& backend, Call) { co_return text_response("application/yaml", backend.options.openapi); }

}  // namespace cartd::http
