#include "apps/cartctl/show_checkout.h"

#include "apps/cartctl/shown_json.h"
#include "util/terminal_text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <utility>
#include <vector>

namespace cartd::cartctl {
namespace {

namespace json = boost::json;
using Kind = Column::Kind;

std::string as_it_is(std::string_view body) { return util::terminal_safe(body) + "\n"; }

std::string owner_text(const json::object& object) {
  std::string out = " of cart " + member(object, "cart_id");
  if (object.contains("user_id")) out += " of user " + member(object, "user_id");
  return out;
}

std::string completion_text(const json::object& order) {
  std::string out = "completed " + member(order, "completed_at");
  if (order.contains("payment_ref")) out += ", payment " + member(order, "payment_ref");
  if (member(order, "late") == "true") out += ", late: the checkout was not open any more";
  return out;
}

std::string bought_text(const json::object& object) {
  return lines_text(object) + metadata_text(object, "cart_metadata", "metadata of the cart") +
         metadata_text(object, "metadata", "metadata");
}

std::string differences_table(const json::array& lines) {
  return table_of(lines, {{"sku", "SKU"},
                          {"line", "LINE", Kind::text, false},
                          {"quantity", "ASKED FOR", Kind::number},
                          {"available", "AVAILABLE", Kind::number, false},
                          {"unit_price", "PRICE NOW", Kind::money, false},
                          {"price_was", "PRICE WAS", Kind::money, false}});
}

std::string shortfall_text(const json::object& order) {
  const json::array& shortfall = array_member(order, "shortfall");
  if (shortfall.empty()) return {};
  return "the cart no longer held all of it:\n" + differences_table(shortfall);
}

std::string totals_text(const json::object& order) {
  std::string out;
  for (const json::value& total : array_member(order, "totals")) out += (out.empty() ? "" : ", ") + money(total);
  return out;
}

}  // namespace

std::string show_checkout(std::string_view body) {
  const auto checkout = parse_object(body);
  if (!checkout || !checkout->contains("state")) return as_it_is(body);
  std::string out = "checkout " + member(*checkout, "id") + owner_text(*checkout) + ", " + member(*checkout, "state") +
                    ", begun " + member(*checkout, "begun_at") + ", expires " + member(*checkout, "expires_at") + "\n" +
                    bought_text(*checkout);
  const json::value* order = checkout->if_contains("order");
  if (order && order->is_object())
    out += "order " + completion_text(order->get_object()) + "\n" + shortfall_text(order->get_object());
  return out;
}

std::string show_checkouts(std::string_view body) {
  const auto answer = parse_object(body);
  if (!answer || !answer->contains("checkouts")) return as_it_is(body);
  const json::array& checkouts = array_member(*answer, "checkouts");
  if (checkouts.empty()) return "no checkouts\n";
  return table_of(checkouts, {{"id", "ID"}, {"state", "STATE"}, {"begun_at", "BEGUN"}, {"expires_at", "EXPIRES"}});
}

std::string show_order(std::string_view body) {
  const auto order = parse_object(body);
  if (!order || !order->contains("completed_at")) return as_it_is(body);
  return "order " + member(*order, "id") + owner_text(*order) + ", " + completion_text(*order) + "\n" +
         bought_text(*order) + shortfall_text(*order);
}

std::string show_orders(std::string_view body) {
  const auto answer = parse_object(body);
  if (!answer || !answer->contains("orders")) return as_it_is(body);
  const json::array& orders = array_member(*answer, "orders");
  if (orders.empty()) return "no orders\n";
  std::vector<std::vector<std::string>> rows{{"ID", "COMPLETED", "PIECES", "TOTAL", "PAYMENT", "NOTES"}};
  for (const json::value& one : orders)
    if (const json::object* order = one.if_object()) {
      std::string notes = member(*order, "late") == "true" ? "late" : "";
      if (!array_member(*order, "shortfall").empty()) notes += notes.empty() ? "shortfall" : ", shortfall";
      rows.push_back({member(*order, "id"), member(*order, "completed_at"), member(*order, "item_count"),
                      totals_text(*order), member(*order, "payment_ref"), std::move(notes)});
    }
  return util::table(rows, {2, 3});
}

std::string show_problem_lines(std::string_view body) {
  const auto problem = parse_object(body);
  const json::array* lines = problem ? &array_member(*problem, "lines") : nullptr;
  return lines && !lines->empty() ? differences_table(*lines) : std::string();
}

}  // namespace cartd::cartctl
