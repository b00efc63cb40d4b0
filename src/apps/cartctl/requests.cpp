#include "apps/cartctl/requests.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <optional>

namespace cartd::cartctl {
namespace {

namespace json = boost::json;
using Made = boost::system::result<HttpRequest, std::string>;

std::string cart_path(const Options& options) { return "/v1/carts/" + path_segment(options.id); }
std::string items_path(const Options& options) { return cart_path(options) + "/items"; }
std::string item_path(const Options& options) { return items_path(options) + "/" + path_segment(options.sku); }

// The parameters that say which line of the path's SKU, and how many pieces of it.
std::string item_query(const Options& options) {
  std::string query;
  if (options.line) query = "?line=" + query_value(*options.line);
  if (options.verb == Verb::remove && options.quantity)
    query += (query.empty() ? "?quantity=" : "&quantity=") + std::to_string(*options.quantity);
  return query;
}

std::string checkouts_path(const Options& options) { return cart_path(options) + "/checkouts"; }
std::string checkout_path(const Options& options) {
  return checkouts_path(options) + "/" + path_segment(options.checkout);
}

std::string user_path(const Options& options) { return "/v1/users/" + path_segment(options.id); }

// The object that an option holds as text, under `name`; the option at fault when it is none.
std::optional<std::string> add_object(json::object& body, const char* name, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  boost::system::error_code error;
  json::value parsed = json::parse(*text, error);
  if (error || !parsed.is_object()) return "--" + std::string(name) + " is not a JSON object";
  body[name] = std::move(parsed);
  return std::nullopt;
}

std::optional<std::string> add_metadata(json::object& body, const Options& options) {
  if (options.no_metadata) body["metadata"] = nullptr;
  return add_object(body, "metadata", options.metadata);
}

json::object price(const Options& options, std::int64_t amount) {
  return {{"amount_minor", amount}, {"currency", *options.currency}};
}

std::optional<std::string> add_details(json::object& body, const Options& options) {
  if (options.name) body["name"] = *options.name;
  if (options.no_name) body["name"] = nullptr;
  if (options.price) body["unit_price"] = price(options, *options.price);
  if (options.no_price) body["unit_price"] = nullptr;
  if (auto fault = add_object(body, "options", options.line_options)) return fault;
  return add_metadata(body, options);
}

std::optional<std::string> add_checkout(json::object& body, const Options& options) {
  json::array prices;
  for (const auto& [sku, amount] : options.prices)
    prices.push_back(json::object{{"sku", sku}, {"unit_price", price(options, amount)}});
  if (!prices.empty()) body["prices"] = std::move(prices);
  json::array available;
  for (const auto& [sku, quantity] : options.available)
    available.push_back(json::object{{"sku", sku}, {"quantity", quantity}});
  if (!available.empty()) body["available"] = std::move(available);
  if (options.accept) body["accept"] = true;
  return add_metadata(body, options);
}

std::optional<std::string> add_moved_line(json::object& body, const Options& options) {
  json::object line{{"sku", options.sku}};
  if (options.line) line["line"] = *options.line;
  if (options.quantity) line["quantity"] = *options.quantity;
  if (auto fault = add_object(line, "options", options.line_options)) return fault;
  body["to"] = options.other_cart;
  body["lines"] = json::array{std::move(line)};
  return std::nullopt;
}

json::object user_body(const Options& options) {
  json::object body;
  for (const auto& [name, value] : options.fields) body[name] = value;
  for (const std::string& name : options.unset) body[name] = nullptr;
  return body;
}

std::string owner_carts_target(const Options& options) {
  std::string query;
  const auto add = [&](const char* name, const std::string& value) {
    query += (query.empty() ? "?" : "&") + std::string(name) + "=" + query_value(value);
  };
  if (options.kind) add("kind", *options.kind);
  if (options.limit) add("limit", std::to_string(*options.limit));
  if (options.cursor) add("cursor", *options.cursor);
  return user_path(options) + "/carts" + query;
}

HttpRequest bare_request(const Options& options) {
  switch (options.verb) {
    case Verb::get: return {"GET", cart_path(options)};
    case Verb::add: return {"POST", items_path(options)};
    case Verb::remove: return {"DELETE", item_path(options) + item_query(options)};
    case Verb::set: return {"PUT", item_path(options) + item_query(options)};
    case Verb::describe: return {"PATCH", item_path(options) + item_query(options)};
    case Verb::clear: return {"DELETE", items_path(options)};
    case Verb::erase: return {"DELETE", cart_path(options)};
    case Verb::annotate: return {"PATCH", cart_path(options)};
    case Verb::reprice: return {"POST", cart_path(options) + "/commands"};
    case Verb::merge: return {"POST", cart_path(options) + "/merge"};
    case Verb::move: return {"POST", cart_path(options) + "/moves"};
    case Verb::checkout_begin: return {"POST", checkouts_path(options)};
    case Verb::checkout_list: return {"GET", checkouts_path(options)};
    case Verb::checkout_show: return {"GET", checkout_path(options)};
    case Verb::checkout_complete: return {"POST", checkout_path(options) + "/complete"};
    case Verb::checkout_abort: return {"POST", checkout_path(options) + "/abort"};
    case Verb::orders: return {"GET", cart_path(options) + "/orders"};
    case Verb::order: return {"GET", "/v1/orders/" + path_segment(options.checkout)};
    case Verb::owner_carts: return {"GET", owner_carts_target(options)};
    case Verb::user_get: return {"GET", user_path(options)};
    case Verb::user_put: return {"PUT", user_path(options)};
    case Verb::user_patch: return {"PATCH", user_path(options)};
    case Verb::user_erase: return {"DELETE", user_path(options) + (options.with_cart ? "?cart=true" : "")};
    case Verb::checkpoint: return {"POST", "/v1/checkpoints/" + path_segment(options.id)};
    case Verb::help:
    case Verb::version:
    case Verb::outbox_show:
    case Verb::outbox_export:
    case Verb::outbox_retry:
    case Verb::outbox_drop:
    case Verb::export_all:
    case Verb::import_all:
    case Verb::migrate:
    case Verb::doctor: break;
  }
  return {};
}

// The body, none where the verb has none; or what is wrong with an option.
boost::system::result<json::object, std::string> body_for(const Options& options) {
  json::object body;
  std::optional<std::string> fault;
  if (options.verb == Verb::add) {
    body["sku"] = options.sku;
    if (options.line) body["line"] = *options.line;
    body["quantity"] = options.quantity.value_or(1);
    fault = add_details(body, options);
  } else if (options.verb == Verb::set) {
    body["quantity"] = options.quantity.value_or(0);
    fault = add_details(body, options);
  } else if (options.verb == Verb::describe) {
    fault = add_details(body, options);
  } else if (options.verb == Verb::annotate) {
    if (options.user) body["user_id"] = *options.user;
    if (options.no_user) body["user_id"] = nullptr;
    if (options.kind) body["kind"] = *options.kind;
    fault = add_metadata(body, options);
  } else if (options.verb == Verb::reprice) {
    body["op"] = "reprice";
    body["sku"] = options.sku;
    if (options.line) body["line"] = *options.line;
    fault = add_details(body, options);
  } else if (options.verb == Verb::merge) {
    body["from"] = options.other_cart;
    if (options.policy) body["policy"] = *options.policy;
    if (options.source_version) body["from_version"] = *options.source_version;
  } else if (options.verb == Verb::move) {
    fault = add_moved_line(body, options);
  } else if (options.verb == Verb::checkout_begin) {
    fault = add_checkout(body, options);
  } else if (options.verb == Verb::checkout_complete) {
    if (options.payment_ref) body["payment_ref"] = *options.payment_ref;
    if (options.strict) body["strict"] = true;
  } else if (options.verb == Verb::user_put || options.verb == Verb::user_patch) {
    body = user_body(options);
  }
  if (fault) return std::move(*fault);
  return body;
}

bool changes_cart(Verb verb) {
  return verb == Verb::add || verb == Verb::remove || verb == Verb::set || verb == Verb::describe ||
         verb == Verb::clear || verb == Verb::erase || verb == Verb::annotate || verb == Verb::reprice ||
         verb == Verb::merge || verb == Verb::move;
}

}  // namespace

Made request_for(const Options& options, const std::string& fresh_key) {
  HttpRequest request = bare_request(options);
  const auto body = body_for(options);
  if (!body) return Made(boost::system::in_place_error, body.error());
  if (!body->empty()) request.body = json::serialize(*body);
  // A batch of one: the path of a single command has none for it.
  if (options.verb == Verb::reprice) request.body = "[" + request.body + "]";
  if (options.if_match) request.headers.emplace_back("If-Match", "\"" + std::to_string(*options.if_match) + "\"");
  if (changes_cart(options.verb))
    request.headers.emplace_back("Idempotency-Key", options.idempotency_key.value_or(fresh_key));
  return request;
}

}  // namespace cartd::cartctl
