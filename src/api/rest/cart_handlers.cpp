// Carts: /v1/carts/….
#include "api/rest/conditions.h"
#include "api/rest/handlers.h"
#include "api/rest/json.h"
#include "api/rest/problem.h"
#include "api/rest/representation.h"
#include "http/fields.h"
#include "util/decimal.h"

#include <boost/system/result.hpp>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;
template <class T>
using Checked = boost::system::result<T, Problem>;

/// The conditions in the header fields of a change.
struct ChangeFields {
  std::optional<http::EntityTags> if_match{};
  std::optional<IdempotencyKey> idempotency_key{};
  bool minimal = false;
};

/// The form of a change's body, which decides where the service's pointers lead in it.
enum class Shape {
  none,          ///< There is no body.
  line,          ///< One line command, or an annotation.
  unnamed_line,  ///< One line command whose SKU stands in the path.
  list,          ///< A list of line commands. The service knows a list of one as that one.
};

http::Response refuse(const Error& error) { return problem_response(problem_of(error)); }

http::Response refuse(Error error, Shape shape) {
  std::string& pointer = error.pointer;
  const bool has_index = pointer.size() > 1 && pointer[1] >= '0' && pointer[1] <= '9';
  if (shape == Shape::none || (shape == Shape::unnamed_line && pointer == "/sku")) pointer.clear();
  if (shape == Shape::list && !pointer.empty() && !has_index) pointer.insert(0, "/0");
  return problem_response(problem_of(error));
}

Checked<std::optional<http::EntityTags>> read_tags(const std::optional<std::string>& field, const char* name) {
  if (!field) return std::optional<http::EntityTags>();
  std::optional<http::EntityTags> tags = http::EntityTags::parse(*field);
  if (!tags)
    return problem_of(http::Fault::malformed_request, std::string(name) + " must be * or a list of entity tags");
  return tags;
}

Checked<ChangeFields> read_fields(const http::Request& request) {
  ChangeFields fields;
  auto if_match = read_tags(request.if_match, "If-Match");
  if (!if_match) return if_match.error();
  fields.if_match = std::move(*if_match);
  // Obeying it would need a command of its own, and ignoring it would overwrite what the client wants to keep.
  if (request.if_none_match) return problem_of(http::Fault::invalid, "If-None-Match is only supported on GET");
  if (request.idempotency_key) {
    auto key = parse_idempotency_key(*request.idempotency_key);
    if (!key) return problem_of(http::Fault::malformed_request, key.error().detail);
    fields.idempotency_key = std::move(*key);
  }
  fields.minimal = request.prefer && http::prefers_minimal(*request.prefer);
  return fields;
}

void tag(http::Response& response, const CartView& view) {
  response.etag = view.cart.version;
  response.weak_etag = view.degraded;
}

http::Response cart_response(const CartView& view) {
  std::string body;
  append_json(body, view.cart, CartStatus{to_string(view.durability), view.degraded, view.partial});
  http::Response response = http::json_response(200, std::move(body));
  tag(response, view);
  return response;
}

http::Response empty_response(unsigned status, const CartView& view) {
  http::Response response;
  response.status = status;
  tag(response, view);
  return response;
}

/// `error`, and that it may be the tags' fault.
Error explained(Error error, const std::optional<http::EntityTags>& if_match) {
  if (error.code == Errc::version_mismatch && if_match && if_match->has_weak())
    error.detail = "a weak tag (W/) never matches in If-Match (RFC 9110, section 8.8.3.2); send one without W/";
  return error;
}

/// Answers the cart as it is after the command.
awaitable<http::Response> change(Context& context, const http::Request& request, Result<CartId> id,
                                 Result<Command> command, Shape shape) {
  if (!id) co_return refuse(id.error());
  if (!command) co_return refuse(command.error());
  auto fields = read_fields(request);
  if (!fields) co_return problem_response(fields.error());
  const bool whole_cart = !fields->minimal && !std::holds_alternative<Delete>(*command);
  Conditions conditions;
  if (fields->if_match) conditions.cart = condition_of(*fields->if_match);
  conditions.idempotency_key = std::move(fields->idempotency_key);
  auto changed = co_await context.carts.change(std::move(*id), std::move(*command), std::move(conditions),
                                               whole_cart ? Detail::full : Detail::version);
  if (!changed) co_return refuse(explained(changed.error(), fields->if_match), shape);

  http::Response response = whole_cart ? cart_response(changed->view) : empty_response(204, changed->view);
  if (fields->minimal) response.add_header("Preference-Applied", "return=minimal");
  if (changed->effect == Effect::replayed) response.add_header("Idempotent-Replayed", "true");
  co_return response;
}

awaitable<Result<CartView>> read(Context& context, CartId id, Conditions conditions) {
  return conditions.cart ? context.carts.find(std::move(id), std::move(*conditions.cart))
                         : context.carts.find(std::move(id));
}

/// The same, with its expiry renewed.
awaitable<Result<CartView>> touch(Context& context, CartId id, Conditions conditions) {
  Command command = Touch{};
  auto touched = co_await context.carts.change(std::move(id), std::move(command), std::move(conditions), Detail::full);
  if (!touched) co_return touched.error();
  co_return std::move(touched->view);
}

Command single(LineCommand command) {
  Batch batch;
  batch.commands.push_back(std::move(command));
  return batch;
}

/// The label in the query parameter `line`; null where there is none.
Result<std::optional<LineLabel>> parse_label(const std::optional<std::string>& text) {
  if (!text) return std::optional<LineLabel>();
  auto label = LineLabel::parse(*text);
  if (!label) return Error{Errc::invalid, "the query parameter line: " + label.error().detail};
  return std::optional(std::move(*label));
}

/// The line that a path names, with its SKU and the query parameter `line`.
Result<LineId> parse_line(std::string_view sku, const std::optional<std::string>& label) {
  const auto parsed = Sku::parse(sku);
  if (!parsed) return parsed.error();
  const auto its_label = parse_label(label);
  if (!its_label) return its_label.error();
  return *its_label ? LineId(*parsed, **its_label) : LineId(*parsed);
}

/// What a DELETE of one line says; `quantity` as it stands in the query.
Result<Command> parse_removal(LineId line, const std::optional<std::string>& quantity) {
  if (!quantity) return single(RemoveLine{std::move(line)});
  const std::optional<std::int64_t> number = util::parse_digits(*quantity);
  if (!number) return Error{Errc::invalid, "the query parameter quantity must be an integer in digits"};
  return single(Remove{std::move(line), *number});
}

}  // namespace

awaitable<http::Response> get_cart(Context& context, http::Call call) {
  const http::Request& request = call.request;
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (call.parameters[0] && *call.parameters[0] != "true" && *call.parameters[0] != "false")
    co_return problem_response(problem_of(http::Fault::invalid, "touch must be true or false"));
  auto if_match = read_tags(request.if_match, "If-Match");
  if (!if_match) co_return problem_response(if_match.error());
  auto if_none_match = read_tags(request.if_none_match, "If-None-Match");
  if (!if_none_match) co_return problem_response(if_none_match.error());

  Conditions conditions;
  if (*if_match) conditions.cart = condition_of(**if_match);
  const bool touches = call.parameters[0] == "true";
  auto answer = touches ? touch(context, std::move(*id), std::move(conditions))
                        : read(context, std::move(*id), std::move(conditions));
  auto view = co_await std::move(answer);
  if (!view) co_return refuse(explained(view.error(), *if_match));
  const bool known = *if_none_match && is_known(**if_none_match, view->cart, answers_in_msgpack(call.request));
  co_return known ? empty_response(304, *view) : cart_response(*view);
}

awaitable<http::Response> delete_cart(Context& context, http::Call call) {
  return change(context, call.request, CartId::parse(call.names[0]), Command(Delete{}), Shape::none);
}

awaitable<http::Response> patch_cart(Context& context, http::Call call) {
  return change(context, call.request, CartId::parse(call.names[0]), parse_annotate(call.request.body), Shape::line);
}

awaitable<http::Response> add_item(Context& context, http::Call call) {
  return change(context, call.request, CartId::parse(call.names[0]), parse_add(call.request.body), Shape::line);
}

awaitable<http::Response> clear_items(Context& context, http::Call call) {
  return change(context, call.request, CartId::parse(call.names[0]), single(Clear{}), Shape::none);
}

awaitable<http::Response> set_item(Context& context, http::Call call) {
  const auto read = [&]() -> Result<Command> {
    const auto sku = Sku::parse(call.names[1]);
    if (!sku) return sku.error();
    auto label = parse_label(call.parameters[0]);
    if (!label) return label.error();
    return parse_set(*sku, std::move(*label), call.request.body);
  };
  return change(context, call.request, CartId::parse(call.names[0]), read(), Shape::unnamed_line);
}

awaitable<http::Response> patch_item(Context& context, http::Call call) {
  auto line = parse_line(call.names[1], call.parameters[0]);
  auto command = line ? parse_describe(std::move(*line), call.request.body) : Result<Command>(line.error());
  return change(context, call.request, CartId::parse(call.names[0]), std::move(command), Shape::unnamed_line);
}

awaitable<http::Response> remove_item(Context& context, http::Call call) {
  auto line = parse_line(call.names[1], call.parameters[1]);
  auto command = line ? parse_removal(std::move(*line), call.parameters[0]) : Result<Command>(line.error());
  return change(context, call.request, CartId::parse(call.names[0]), std::move(command), Shape::none);
}

awaitable<http::Response> run_commands(Context& context, http::Call call) {
  return change(context, call.request, CartId::parse(call.names[0]), parse_batch(call.request.body), Shape::list);
}

}  // namespace cartd::rest
