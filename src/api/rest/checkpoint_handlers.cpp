// Copies of the embedded store: /v1/checkpoints/….
#include "api/rest/checkpoints.h"
#include "api/rest/handlers.h"
#include "api/rest/problem.h"
#include "util/json_string.h"

#include <cstddef>
#include <string>
#include <utility>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;
using Kind = CheckpointOutcome::Kind;

http::Response response_to(const std::string& name, const CheckpointOutcome& outcome) {
  switch (outcome.kind) {
    case Kind::made: {
      std::string body = R"({"name":)";
      util::append_json_string(body, name);
      body += R"(,"folder":)";
      util::append_json_string(body, "checkpoints/" + name);
      body += '}';
      return http::json_response(201, std::move(body));
    }
    case Kind::exists:
      return problem_response({409, "checkpoint-exists", "The checkpoint exists",
                               "there is a checkpoint with this name; nothing was changed"});
    case Kind::busy:
      return problem_response(
          problem_of(Error{Errc::unavailable, "another checkpoint is being made; nothing was done"}));
    case Kind::full:
      return problem_response(problem_of(Error{Errc::store_full, "the disk has no room for a checkpoint"}));
    case Kind::failed: break;
  }
  return problem_response(problem_of(Error{Errc::unavailable, "the checkpoint cannot be made: " + outcome.why}));
}

}  // namespace

bool is_checkpoint_name(std::string_view name) {
  constexpr std::size_t longest = 64;
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !name.empty() && name.size() <= longest && !name.starts_with('.') &&
         name.find_first_not_of(allowed) == std::string_view::npos;
}

awaitable<http::Response> make_checkpoint(Context& context, http::Call call) {
  std::string name = std::move(call.names[0]);
  if (!context.make_checkpoint)
    co_return problem_response(
        problem_of(Error{Errc::not_found, "only the embedded store has checkpoints: a cartd with --data-dir alone"}));
  if (!is_checkpoint_name(name))
    co_return problem_response(problem_of(
        http::Fault::invalid, "a checkpoint's name is 1 to 64 of A-Z a-z 0-9 . _ - and does not begin with a point"));
  awaitable<CheckpointOutcome> making = context.make_checkpoint(name);
  const CheckpointOutcome outcome = co_await std::move(making);
  co_return response_to(name, outcome);
}

}  // namespace cartd::rest
