// Carts: /v1/carts/….
#include "api/rest/conditions.h"
#include "api/rest/handlers.h"
#include "api/rest/problem.h"
#include "codec/json.h"
#include "http/fields.h"

#include <boost/system/result.hpp>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;
template <class T>
using Checked = boost::system::result<T, Problem>;

/// What a client says about a change beside the change.
struct Wishes {
  std::optional<http::EntityTags> if_match{};
  std::optional<IdempotencyKey> idempotency_key{};
  bool minimal = false;
};

/// What the body of a change looks like, and so where the service's pointers lead in it.
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
  if (!tags) return problem_of(http::Fault::malformed_request, std::string(name) + " is neither * nor a list of entity tags");
  return tags;
}

Checked<Wishes> read_wishes(const http::Request& request) {
  Wishes wishes;
  auto if_match = read_tags(request.if_match, "If-Match");
  if (!if_match) return if_match.error();
  wishes.if_match = std::move(*if_match);
  // Obeying it would need a command of its own, and ignoring it would overwrite what the client wants to keep.
  if (request.if_none_match) return problem_of(http::Fault::invalid, "If-None-Match is understood on GET only");
  if (request.idempotency_key) {
    auto key = parse_idempotency_key(*request.idempotency_key);
    if (!key) return problem_of(http::Fault::malformed_request, key.error().detail);
    wishes.idempotency_key = std::move(*key);
  }
  wishes.minimal = request.prefer && http::prefers_minimal(*request.prefer);
  return wishes;
}

void tag(http::Response& response, const Cart& cart, const Knowledge& knowledge) {
  response.etag = cart.version;
  response.weak_etag = knowledge.degraded;
}

http::Response cart_response(const Cart& cart, const Knowledge& knowledge) {
  std::string body;
  append_json(body, cart, CartStatus{to_string(knowledge.durability), knowledge.degraded, knowledge.partial});
  http::Response response = http::json_response(200, std::move(body));
  tag(response, cart, knowledge);
  return response;
}

http::Response empty_response(unsigned status, const Cart& cart, const Knowledge& knowledge) {
  http::Response response;
  response.status = status;
  tag(response, cart, knowledge);
  return response;
}

/// `error`, and that it may be the tags' fault.
Error explained(Error error, const std::optional<http::EntityTags>& if_match) {
  if (error.code == Errc::version_mismatch && if_match && if_match->has_weak())
    error.detail = "in If-Match a weak tag (W/) never matches (RFC 9110, section 8.8.3.2); only a tag without W/ can";
  return error;
}

Error degraded() { return {Errc::degraded, "the store is away, and If-Match needs its word"}; }

/// No cart ever has this version, and every store can compare with it.
constexpr std::uint64_t no_version = (std::uint64_t{1} << 53) - 1;

/// What If-Match comes to as an expected version, no_version when it cannot match. The service knows a single version
/// only, so that for "*" and for lists the cart has to be asked first.
awaitable<Result<std::optional<std::uint64_t>>> expected_version(Context& context, CartId id,
                                                                 const std::optional<http::EntityTags>& if_match) {
  if (!if_match) co_return std::optional<std::uint64_t>();
  if (const auto only = only_version(*if_match)) co_return only;
  const Result<Found> found = co_await context.carts.find(std::move(id));
  if (!found) co_return found.error();
  if (found->knowledge.degraded) co_return degraded();
  co_return std::optional<std::uint64_t>(match_strongly(*if_match, found->cart) ? found->cart.version : no_version);
}

awaitable<Result<Acknowledged>> submit(Context& context, CartId id, Command command, const Wishes& wishes, Answer answer) {
  // Between asking and changing, another client may have changed the cart: then what was asked is out of date.
  constexpr int attempts = 5;
  for (int attempt = 1;; ++attempt) {
    auto expected = co_await expected_version(context, id, wishes.if_match);
    if (!expected) co_return expected.error();
    Conditions conditions{*expected, wishes.idempotency_key};
    const bool again = wishes.if_match && !only_version(*wishes.if_match) && *expected != no_version && attempt < attempts;
    if (!again) co_return co_await context.carts.change(std::move(id), std::move(command), std::move(conditions), answer);
    Result<Acknowledged> applied = co_await context.carts.change(id, command, std::move(conditions), answer);
    if (applied || applied.error().code != Errc::version_mismatch) co_return applied;
  }
}

/// Answers the cart as it is after `command`.
awaitable<http::Response> change(Context& context, const http::Request& request, CartId id, Command command, Shape shape) {
  auto wishes = read_wishes(request);
  if (!wishes) co_return problem_response(wishes.error());
  const bool whole_cart = !wishes->minimal && !std::holds_alternative<Delete>(command);
  auto applied = co_await submit(context, std::move(id), std::move(command), *wishes, whole_cart ? Answer::full : Answer::version);
  if (!applied) co_return refuse(explained(applied.error(), wishes->if_match), shape);

  http::Response response =
      whole_cart ? cart_response(applied->cart, applied->knowledge) : empty_response(204, applied->cart, applied->knowledge);
  if (wishes->minimal) response.add_header("Preference-Applied", "return=minimal");
  if (applied->outcome.effect == Effect::replayed) response.add_header("Idempotent-Replayed", "true");
  co_return response;
}

Command single(LineCommand command) {
  Batch batch;
  batch.commands.push_back(std::move(command));
  return batch;
}

}  // namespace

awaitable<http::Response> get_cart(Context& context, http::Call call) {
  const http::Request& request = call.request;
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (call.parameter && *call.parameter != "true" && *call.parameter != "false")
    co_return problem_response(problem_of(http::Fault::invalid, "touch is true or false"));
  auto if_match = read_tags(request.if_match, "If-Match");
  if (!if_match) co_return problem_response(if_match.error());
  auto if_none_match = read_tags(request.if_none_match, "If-None-Match");
  if (!if_none_match) co_return problem_response(if_none_match.error());

  if (call.parameter == "true") {
    Wishes wishes;
    wishes.if_match = std::move(*if_match);
    Command touch = Touch{};
    auto applied = co_await submit(context, std::move(*id), std::move(touch), wishes, Answer::full);
    if (!applied) co_return refuse(explained(applied.error(), wishes.if_match));
    const bool known = *if_none_match && match_weakly(**if_none_match, applied->cart);
    co_return known ? empty_response(304, applied->cart, applied->knowledge) : cart_response(applied->cart, applied->knowledge);
  }
  auto found = co_await context.carts.find(std::move(*id));
  if (!found) co_return refuse(found.error());
  if (*if_match && found->knowledge.degraded) co_return refuse(degraded());
  if (*if_match && !match_strongly(**if_match, found->cart)) {
    Error error{Errc::version_mismatch, "the cart has another version"};
    error.current_version = found->cart.version;
    co_return refuse(explained(std::move(error), *if_match));
  }
  const bool known = *if_none_match && match_weakly(**if_none_match, found->cart);
  co_return known ? empty_response(304, found->cart, found->knowledge) : cart_response(found->cart, found->knowledge);
}

awaitable<http::Response> delete_cart(Context& context, http::Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  Command command = Delete{};
  co_return co_await change(context, call.request, std::move(*id), std::move(command), Shape::none);
}

awaitable<http::Response> patch_cart(Context& context, http::Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto command = parse_annotate(call.request.body);
  if (!command) co_return refuse(command.error());
  co_return co_await change(context, call.request, std::move(*id), std::move(*command), Shape::line);
}

awaitable<http::Response> add_item(Context& context, http::Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto command = parse_add(call.request.body);
  if (!command) co_return refuse(command.error());
  co_return co_await change(context, call.request, std::move(*id), std::move(*command), Shape::line);
}

awaitable<http::Response> clear_items(Context& context, http::Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  Command command = single(Clear{});
  co_return co_await change(context, call.request, std::move(*id), std::move(command), Shape::none);
}

awaitable<http::Response> set_item(Context& context, http::Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto sku = Sku::parse(call.names[1]);
  if (!sku) co_return refuse(sku.error());
  auto command = parse_set(std::move(*sku), call.request.body);
  if (!command) co_return refuse(command.error());
  co_return co_await change(context, call.request, std::move(*id), std::move(*command), Shape::unnamed_line);
}

awaitable<http::Response> remove_item(Context& context, http::Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto sku = Sku::parse(call.names[1]);
  if (!sku) co_return refuse(sku.error());
  if (!call.parameter) {
    Command command = single(RemoveLine{std::move(*sku)});
    co_return co_await change(context, call.request, std::move(*id), std::move(command), Shape::none);
  }
  const std::optional<std::int64_t> quantity = http::parse_digits(*call.parameter);
  if (!quantity) co_return problem_response(problem_of(http::Fault::invalid, "the query parameter quantity is a whole number in digits"));
  Command command = single(Remove{std::move(*sku), *quantity});
  co_return co_await change(context, call.request, std::move(*id), std::move(command), Shape::none);
}

awaitable<http::Response> run_commands(Context& context, http::Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto command = parse_batch(call.request.body);
  if (!command) co_return refuse(command.error());
  co_return co_await change(context, call.request, std::move(*id), std::move(*command), Shape::list);
}

}  // namespace cartd::rest
