// Checkouts and orders into JSON.
#include "api/rest/json.h"
#include "api/rest/json_write_lines.h"
#include "format/json_text.h"
#include "util/decimal.h"
#include "util/json_string.h"

namespace cartd::rest {
namespace {

const char* name_of(CheckoutState state, bool is_expired) {
  if (is_expired) return "expired";
  switch (state) {
    case CheckoutState::open: return "open";
    case CheckoutState::superseded: return "superseded";
    case CheckoutState::aborted: return "aborted";
    case CheckoutState::completed: return "completed";
  }
  return "open";
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":");
  util::append_json_string(out, value);
}

void append_time_member(std::string& out, std::string_view name, Time time) {
  out.append(",\"").append(name).append("\":");
  format::append_json_time(out, time);
}

void append_number_member(std::string& out, std::string_view name, std::int64_t value) {
  out.append(",\"").append(name).append("\":");
  util::append_number(out, value);
}

/// The members that a checkout and its order have in common, but for the first brace.
void append_common(std::string& out, const Checkout& checkout) {
  out += R"("id":)";
  util::append_json_string(out, checkout.id.str());
  append_member(out, "cart_id", checkout.cart.str());
  if (checkout.owner) append_member(out, "user_id", checkout.owner->str());
  out += R"(,"items":)";
  append_lines(out, checkout.lines);
  append_number_member(out, "item_count", item_count(checkout.lines));
  append_number_member(out, "line_count", static_cast<std::int64_t>(checkout.lines.size()));
  out += R"(,"totals":)";
  append_totals(out, checkout.lines);
  if (!checkout.cart_metadata.empty()) {
    out += R"(,"cart_metadata":)";
    format::append_json_metadata(out, checkout.cart_metadata);
  }
  if (!checkout.metadata.empty()) {
    out += R"(,"metadata":)";
    format::append_json_metadata(out, checkout.metadata);
  }
}

void append_order_members(std::string& out, const Order& order) {
  if (!order.payment_ref.empty()) append_member(out, "payment_ref", order.payment_ref);
  append_time_member(out, "completed_at", order.completed_at);
  out += order.is_late ? R"(,"late":true)" : R"(,"late":false)";
  out += R"(,"shortfall":)";
  append_json(out, order.shortfall);
}

}  // namespace

void append_json(std::string& out, const std::vector<LineDifference>& lines) {
  out += '[';
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const LineDifference& line = lines[i];
    out += i > 0 ? ",{" : "{";
    append_line_id(out, line.line);
    append_number_member(out, "quantity", line.quantity);
    if (line.available) append_number_member(out, "available", *line.available);
    if (line.unit_price) {
      out += R"(,"unit_price":)";
      format::append_json_price(out, *line.unit_price);
    }
    if (line.unit_price_before) {
      out += R"(,"price_was":)";
      format::append_json_price(out, *line.unit_price_before);
    }
    out += '}';
  }
  out += ']';
}

void append_json(std::string& out, const MergeResult& result) {
  const CartView& view = result.target;
  out += R"({"cart":)";
  append_json(out, view.cart, CartStatus{to_string(view.durability), view.degraded, view.partial});
  out += R"(,"capped":)";
  append_json(out, result.capped);
  out += '}';
}

void append_json(std::string& out, const CheckoutView& view) {
  const Checkout& checkout = *view.checkout;
  out += '{';
  append_common(out, checkout);
  append_member(out, "state", name_of(view.state, view.is_expired));
  append_time_member(out, "begun_at", checkout.begun_at);
  append_time_member(out, "expires_at", checkout.expires_at);
  if (checkout.order) {
    out += R"(,"order":{"id":)";
    util::append_json_string(out, checkout.id.str());
    append_order_members(out, *checkout.order);
    out += '}';
  }
  append_member(out, "durability", to_string(view.durability));
  out += '}';
}

void append_order_json(std::string& out, const CheckoutView& view) {
  out += '{';
  append_common(out, *view.checkout);
  append_order_members(out, *view.checkout->order);
  append_member(out, "durability", to_string(view.durability));
  out += '}';
}

void append_json(std::string& out, const CheckoutSummary& summary) {
  out += R"({"id":)";
  util::append_json_string(out, summary.id.str());
  append_member(out, "state", name_of(summary.state, summary.is_expired));
  append_time_member(out, "begun_at", summary.begun_at);
  append_time_member(out, "expires_at", summary.expires_at);
  out += '}';
}

}  // namespace cartd::rest
