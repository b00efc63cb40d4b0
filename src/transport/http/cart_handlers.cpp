// Carts: /v1/carts/….
#include "codec/json.h"
#include "transport/http/fields.h"
#include "transport/http/handlers.h"

#include <boost/system/result.hpp>

namespace cartd::http {
namespace {

using boost::asio::awaitable;
template <class T>
using Checked = boost::system::result<T, Problem>;

/// What a client says about a change beside the change.
struct Wishes {
  std::optional<EntityTags> if_match{};
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

Response refuse(const Error& error) { return problem_response(problem_of(error)); }

Response refuse(Error error, Shape shape) {
  std::string& pointer = error.pointer;
  const bool has_index = pointer.size() > 1 && pointer[1] >= '0' && pointer[1] <= '9';
  if (shape == Shape::none || (shape == Shape::unnamed_line && pointer == "/sku")) pointer.clear();
  if (shape == Shape::list && !pointer.empty() && !has_index) pointer.insert(0, "/0");
  return problem_response(problem_of(error));
}

Checked<std::optional<EntityTags>> read_tags(const std::optional<std::string>& field, const char* name) {
  if (!field) return std::optional<EntityTags>();
  std::optional<EntityTags> tags = EntityTags::parse(*field);
  if (!tags) return problem_of(Fault::malformed_request, std::string(name) + " is neither * nor a list of entity tags");
  return tags;
}

Checked<Wishes> read_wishes(const Request& request) {
  Wishes wishes;
  auto if_match = read_tags(request.if_match, "If-Match");
  if (!if_match) return if_match.error();
  wishes.if_match = std::move(*if_match);
  // Obeying it would need a command of its own, and ignoring it would overwrite what the client wants to keep.
  if (request.if_none_match) return problem_of(Fault::invalid, "If-None-Match is understood on GET only");
  if (request.idempotency_key) {
    auto key = parse_idempotency_key(*request.idempotency_key);
    if (!key) return problem_of(Fault::malformed_request, key.error().detail);
    wishes.idempotency_key = std::move(*key);
  }
  wishes.minimal = request.prefer && prefers_minimal(*request.prefer);
  return wishes;
}

void tag(Response& response, const Cart& cart, const Knowledge& knowledge) {
  response.etag = cart.version;
  response.weak_etag = knowledge.degraded;
}

Response cart_response(const Cart& cart, const Knowledge& knowledge) {
  std::string body;
  append_json(body, cart, CartStatus{to_string(knowledge.durability), knowledge.degraded, knowledge.partial});
  Response response = json_response(200, std::move(body));
  tag(response, cart, knowledge);
  return response;
}

Response empty_response(unsigned status, const Cart& cart, const Knowledge& knowledge) {
  Response response;
  response.status = status;
  tag(response, cart, knowledge);
  return response;
}

/// `error`, and that it may be the tags' fault.
Error explained(Error error, const std::optional<EntityTags>& if_match) {
  if (error.code == Errc::version_mismatch && if_match && if_match->has_weak())
    error.detail = "in If-Match a weak tag (W/) never matches (RFC 9110, section 8.8.3.2); only a tag without W/ can";
  return error;
}

Error degraded() { return {Errc::degraded, "the store is away, and If-Match needs its word"}; }

/// No cart ever has this version, and every store can compare with it.
constexpr std::uint64_t no_version = (std::uint64_t{1} << 53) - 1;

/// What If-Match comes to as an expected version, no_version when it cannot match. The service knows a single version
/// only, so that for "*" and for lists the cart has to be asked first.
awaitable<Result<std::optional<std::uint64_t>>> expected_version(Backend& backend, CartId id, const std::optional<EntityTags>& if_match) {
  if (!if_match) co_return std::optional<std::uint64_t>();
  if (const auto only = if_match->only_version()) co_return only;
  const Result<Found> found = co_await backend.carts.find(std::move(id));
  if (!found) co_return found.error();
  if (found->knowledge.degraded) co_return degraded();
  co_return std::optional<std::uint64_t>(if_match->match_strongly(found->cart) ? found->cart.version : no_version);
}

awaitable<Result<Acknowledged>> submit(Backend& backend, CartId id, Command command, const Wishes& wishes, Answer answer) {
  // Between asking and changing, another client may have changed the cart: then what was asked is out of date.
  constexpr int attempts = 5;
  for (int attempt = 1;; ++attempt) {
    auto expected = co_await expected_version(backend, id, wishes.if_match);
    if (!expected) co_return expected.error();
    Conditions conditions{*expected, wishes.idempotency_key};
    const bool again = wishes.if_match && !wishes.if_match->only_version() && *expected != no_version && attempt < attempts;
    if (!again) co_return co_await backend.carts.change(std::move(id), std::move(command), std::move(conditions), answer);
    Result<Acknowledged> applied = co_await backend.carts.change(id, command, std::move(conditions), answer);
    if (applied || applied.error().code != Errc::version_mismatch) co_return applied;
  }
}

/// Answers the cart as it is after `command`.
awaitable<Response> change(Backend& backend, const Request& request, CartId id, Command command, Shape shape) {
  auto wishes = read_wishes(request);
  if (!wishes) co_return problem_response(wishes.error());
  const bool whole_cart = !wishes->minimal && !std::holds_alternative<Delete>(command);
  auto applied = co_await submit(backend, std::move(id), std::move(command), *wishes, whole_cart ? Answer::full : Answer::version);
  if (!applied) co_return refuse(explained(applied.error(), wishes->if_match), shape);

  Response response =
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

awaitable<Response> get_cart(Backend& backend, Call call) {
  const Request& request = call.request;
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (call.parameter && *call.parameter != "true" && *call.parameter != "false")
    co_return problem_response(problem_of(Fault::invalid, "touch is true or false"));
  auto if_match = read_tags(request.if_match, "If-Match");
  if (!if_match) co_return problem_response(if_match.error());
  auto if_none_match = read_tags(request.if_none_match, "If-None-Match");
  if (!if_none_match) co_return problem_response(if_none_match.error());

  if (call.parameter == "true") {
    Wishes wishes;
    wishes.if_match = std::move(*if_match);
    Command touch = Touch{};
    auto applied = co_await submit(backend, std::move(*id), std::move(touch), wishes, Answer::full);
    if (!applied) co_return refuse(explained(applied.error(), wishes.if_match));
    const bool known = *if_none_match && (*if_none_match)->match_weakly(applied->cart);
    co_return known ? empty_response(304, applied->cart, applied->knowledge) : cart_response(applied->cart, applied->knowledge);
  }
  auto found = co_await backend.carts.find(std::move(*id));
  if (!found) co_return refuse(found.error());
  if (*if_match && found->knowledge.degraded) co_return refuse(degraded());
  if (*if_match && !(*if_match)->match_strongly(found->cart)) {
    Error error{Errc::version_mismatch, "the cart has another version"};
    error.current_version = found->cart.version;
    co_return refuse(explained(std::move(error), *if_match));
  }
  const bool known = *if_none_match && (*if_none_match)->match_weakly(found->cart);
  co_return known ? empty_response(304, found->cart, found->knowledge) : cart_response(found->cart, found->knowledge);
}

awaitable<Response> delete_cart(Backend& backend, Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  Command command = Delete{};
  co_return co_await change(backend, call.request, std::move(*id), std::move(command), Shape::none);
}

awaitable<Response> patch_cart(Backend& backend, Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto command = parse_annotate(call.request.body);
  if (!command) co_return refuse(command.error());
  co_return co_await change(backend, call.request, std::move(*id), std::move(*command), Shape::line);
}

awaitable<Response> add_item(Backend& backend, Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto command = parse_add(call.request.body);
  if (!command) co_return refuse(command.error());
  co_return co_await change(backend, call.request, std::move(*id), std::move(*command), Shape::line);
}

awaitable<Response> clear_items(Backend& backend, Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  Command command = single(Clear{});
  co_return co_await change(backend, call.request, std::move(*id), std::move(command), Shape::none);
}

awaitable<Response> set_item(Backend& backend, Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto sku = Sku::parse(call.names[1]);
  if (!sku) co_return refuse(sku.error());
  auto command = parse_set(std::move(*sku), call.request.body);
  if (!command) co_return refuse(command.error());
  co_return co_await change(backend, call.request, std::move(*id), std::move(*command), Shape::unnamed_line);
}

awaitable<Response> remove_item(Backend& backend, Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto sku = Sku::parse(call.names[1]);
  if (!sku) co_return refuse(sku.error());
  if (!call.parameter) {
    Command command = single(RemoveLine{std::move(*sku)});
    co_return co_await change(backend, call.request, std::move(*id), std::move(command), Shape::none);
  }
  const std::optional<std::int64_t> quantity = parse_digits(*call.parameter);
  if (!quantity) co_return problem_response(problem_of(Fault::invalid, "the query parameter quantity is a whole number in digits"));
  Command command = single(Remove{std::move(*sku), *quantity});
  co_return co_await change(backend, call.request, std::move(*id), std::move(command), Shape::none);
}

awaitable<Response> run_commands(Backend& backend, Call call) {
  auto id = CartId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  auto command = parse_batch(call.request.body);
  if (!command) co_return refuse(command.error());
  co_return co_await change(backend, call.request, std::move(*id), std::move(*command), Shape::list);
}

}  // namespace cartd::http
