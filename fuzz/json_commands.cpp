// What clients send as bodies. The first byte picks the parser, the rest is the body. What a parser accepts is written
// again and must be read back as the same.
#include "api/rest/json.h"
#include "domain/decide.h"
#include "format/canonical_command.h"
#include "util/json_document.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace cartd;
using namespace cartd::rest;

namespace {

void demand(bool holds) {
  if (!holds) std::abort();
}

/// A command must be carried out, and the cart written, without a fault.
void carry_out(const Command& command) {
  const Limits limits;
  if (!validate(command, limits)) return;
  CartRecord record{Cart{CartId::parse("c").value()}};
  const Time now(Millis(1'800'000'000'000));
  if (!apply(record, Change{command}, ApplyContext{CommandId{1, 1}, now, std::chrono::hours(1), limits})) return;
  std::string json;
  append_json(json, record.cart, CartStatus{"memory", false});
  bool nests = !record.cart.metadata.empty();
  for (const Line& line : record.cart.lines) nests = nests || (line.details && !line.details->metadata.empty());
  // An answer nests metadata deeper than a request does, maybe deeper than is read.
  demand(nests || util::is_json_object(json));
}

/// `adds_a_level`: the canonical form nests one level deeper than the body, and so may be too deep to be read.
void check_lines(const Result<Command>& command, bool adds_a_level) {
  if (!command) return;
  const auto again = parse_batch(format::canonical_json(*command));
  if (again) demand(*again == *command);
  else demand(adds_a_level && again.error().code == Errc::malformed);
  carry_out(*command);
}

void check_annotate(const Result<Command>& command) {
  if (!command) return;
  constexpr std::string_view op = R"("op":"annotate",)";
  std::string body = format::canonical_json(*command);
  demand(body.compare(1, op.size(), op) == 0);
  body.erase(1, op.size());
  const auto again = parse_annotate(body);
  demand(again && *again == *command);
  carry_out(*command);
}

void check_user(const Result<UserFields>& fields) {
  if (!fields) return;
  std::string json;
  append_json(json, *fields);
  const auto again = parse_user(json);
  demand(again && *again == *fields);
}

void check_patch(const Result<UserPatch>& patch) {
  if (!patch) return;
  const auto fields = patched({}, *patch, Limits{});
  if (fields) check_user(*fields);
}

/// Of a cart with lines a checkout begins and is completed, or is refused, and each is written without a fault.
void check_checkout(const Result<CheckoutRequest>& request, const Result<Completion>& completion) {
  if (!request || !completion) return;
  const Limits limits;
  CartRecord record{Cart{CartId::parse("c").value()}};
  std::uint64_t sequence = 0;
  const auto carry_out = [&](const Command& command) -> Result<Outcome> {
    if (auto valid = validate(command, limits); !valid) return valid.error();
    return apply(
        record, Change{command},
        ApplyContext{CommandId{1, ++sequence}, Time(Millis(1'800'000'000'000)), std::chrono::hours(1), limits});
  };
  demand(carry_out(Command(Batch{{Add{LineId(Sku::parse("A").value()), 5},
                                  Add{LineId(Sku::parse("A/b").value(), LineLabel::parse("x").value()), 1}}}))
             .has_value());
  const auto begun = carry_out(BeginCheckout{CheckoutId::parse("abcdefghijklmnop").value(), request->offers,
                                             request->accepts_differences, request->metadata});
  std::string json;
  if (!begun) {
    if (!begun.error().lines) return;
    append_json(json, *begun.error().lines);
    demand(util::is_json_object("{\"lines\":" + json + "}"));
    return;
  }
  demand(carry_out(Command(Batch{{RemoveLine{LineId(Sku::parse("A").value())}}})).has_value());
  const auto completed =
      carry_out(CompleteCheckout{begun->checkout->content, completion->payment_ref, completion->is_strict});
  if (!completed) return demand(completion->is_strict);
  append_order_json(json,
                    CheckoutView{completed->checkout->content, CheckoutState::completed, false, Durability::memory});
  // An answer nests metadata as deep as a request does.
  demand(util::is_json_object(json));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string bytes(data, data + size);
  const std::string_view body = std::string_view(bytes).substr(1);
  switch (bytes[0]) {
    case 'a': check_lines(parse_add(body), true); break;
    case 's': check_lines(parse_set(Sku::parse("A/b").value(), {}, body), true); break;
    case 'd': check_lines(parse_describe(LineId::parse("A\x1F/b").value(), body), true); break;
    case 'b': check_lines(parse_batch(body), false); break;
    case 'n': check_annotate(parse_annotate(body)); break;
    case 'k': check_checkout(parse_begin_checkout(body), Completion{"pi_1"}); break;
    case 'o': check_checkout(CheckoutRequest{}, parse_complete_checkout(body)); break;
    case 'u': check_user(parse_user(body)); break;
    case 'p': check_patch(parse_user_patch(body)); break;
    default: util::is_json_object(bytes);
  }
  return 0;
}
