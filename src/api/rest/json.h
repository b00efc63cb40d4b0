// Carts, commands and users as JSON (RFC 8259), for people and HTTP.
//
// Parsing is strict: duplicate members, unknown members, bad UTF-8 and nesting beyond 16 are refused, and a number is
// an integer only when it is written as one (1.0 and 1e2 are not). A fault in the text is Errc::malformed, a fault in
// what it says is Errc::invalid with a JSON pointer. Sizes that are configuration are judged later, by validate().
// A member that is null counts as left out; in patches it takes away what the member names (RFC 7396).
#pragma once

#include "domain/cart.h"
#include "domain/command.h"
#include "domain/error.h"
#include "domain/owned_cart.h"
#include "domain/user.h"
#include "service/checkout_request.h"
#include "service/merge_request.h"
#include "service/results.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::rest {

/// The parts of an answer besides the cart.
struct CartStatus {
  std::string_view durability;  ///< "memory", "primary", …
  bool degraded = false;
  bool partial = false;  ///< Shown only when it is true.
};

/// Appends the cart as docs/openapi.yaml defines it. Members without a value are left out.
void append_json(std::string& out, const Cart& cart, const CartStatus& status);
void append_json(std::string& out, const UserFields& fields);
/// A cart as its owner's list shows it.
void append_json(std::string& out, const OwnedCart& cart);
void append_json(std::string& out, const CheckoutView& view);
/// The order that a checkout became.
void append_order_json(std::string& out, const CheckoutView& view);
void append_json(std::string& out, const CheckoutSummary& summary);
/// An array.
void append_json(std::string& out, const std::vector<LineDifference>& lines);
/// {"cart", "capped"}
void append_json(std::string& out, const MergeResult& result);

/// {"sku", "line"? or "options"?, "quantity"? = 1, "name"?, "unit_price"?, "metadata"?}
Result<Command> parse_add(std::string_view json);
/// {"quantity", "options"?, "name"?, "unit_price"?, "metadata"?}; no options where `label` is given.
Result<Command> parse_set(const Sku& sku, std::optional<LineLabel> label, std::string_view json);
/// {"name"?, "unit_price"?, "metadata"?}: at least one of them, as a merge patch (RFC 7396).
Result<Command> parse_describe(LineId line, std::string_view json);
/// {"metadata"?, "user_id"?, "kind"?}: at least one of them, as a merge patch (RFC 7396).
Result<Command> parse_annotate(std::string_view json);
/// [{"op": "add"|"remove"|"remove_line"|"set"|"describe"|"clear", …}, …]
Result<Command> parse_batch(std::string_view json);
/// {"prices"?: [{"sku", "line"? or "options"?, "unit_price"}…], "available"?: [{"sku", …, "quantity"}…], "accept"?,
/// "metadata"?}, or nothing.
Result<CheckoutRequest> parse_begin_checkout(std::string_view json);

/// {"from", "policy"?, "from_version"?}; the target stands in the path.
Result<MergeRequest> parse_merge(std::string_view json);

struct Move {
  CartId target;
  std::vector<WantedLine> lines;
};
/// {"to", "lines": [{"sku", "line"? or "options"?, "quantity"?}…]}; the source stands in the path.
Result<Move> parse_move(std::string_view json);

struct Completion {
  std::string payment_ref{};  ///< As Order::payment_ref.
  bool is_strict = false;
};
/// {"payment_ref"?, "strict"?}, or nothing.
Result<Completion> parse_complete_checkout(std::string_view json);
/// A flat object of strings; those that are null are left out.
Result<UserFields> parse_user(std::string_view json);
/// A flat object of strings and nulls.
Result<UserPatch> parse_user_patch(std::string_view json);

}  // namespace cartd::rest
