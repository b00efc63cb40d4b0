#include "apps/cartctl/shown_json.h"

#include "apps/cartctl/money_text.h"
#include "util/terminal_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace cartd::cartctl {
namespace {

namespace json = boost::json;

bool some_have(const json::array& objects, const char* name) {
  return std::any_of(objects.begin(), objects.end(),
                     [&](const json::value& one) { return one.is_object() && one.get_object().contains(name); });
}

std::string cell(const json::object& object, const Column& column) {
  if (column.kind != Column::Kind::money) return member(object, column.name);
  const json::value* value = object.if_contains(column.name);
  return value ? money(*value) : std::string();
}

}  // namespace

std::optional<json::object> parse_object(std::string_view body) {
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string member(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (!value) return {};
  return util::terminal_safe(value->is_string() ? std::string(value->as_string()) : json::serialize(*value));
}

std::string money(const json::value& value) {
  if (!value.is_object()) return {};
  return money_text(member(value.as_object(), "amount_minor"), member(value.as_object(), "currency"));
}

const json::array& array_member(const json::object& object, const char* name) {
  static const json::array none;
  const json::value* value = object.if_contains(name);
  return value && value->is_array() ? value->get_array() : none;
}

std::string table_of(const json::array& objects, const std::vector<Column>& columns) {
  std::vector<const Column*> shown;
  for (const Column& column : columns)
    if (column.always || some_have(objects, column.name)) shown.push_back(&column);
  std::vector<std::vector<std::string>> rows(1);
  std::vector<std::size_t> right;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    rows[0].emplace_back(shown[i]->title);
    if (shown[i]->kind != Column::Kind::text) right.push_back(i);
  }
  for (const json::value& value : objects) {
    const json::object* object = value.if_object();
    if (!object) continue;
    std::vector<std::string>& row = rows.emplace_back();
    for (const Column* column : shown) row.push_back(cell(*object, *column));
  }
  return util::table(rows, right);
}

std::string lines_text(const json::object& cart) {
  using Kind = Column::Kind;
  static const std::vector<Column> columns{{"sku", "SKU"},
                                           {"line", "LINE", Kind::text, false},
                                           {"options", "OPTIONS", Kind::text, false},
                                           {"quantity", "QUANTITY", Kind::number},
                                           {"name", "NAME"},
                                           {"unit_price", "PRICE", Kind::money},
                                           {"price_was", "PRICE WAS", Kind::money, false},
                                           {"subtotal", "SUBTOTAL", Kind::money}};
  const json::array& items = array_member(cart, "items");
  std::string out = items.empty() ? "no lines\n" : table_of(items, columns);
  if (!items.empty()) out += member(cart, "item_count") + " pieces in " + member(cart, "line_count") + " lines\n";
  for (const json::value& total : array_member(cart, "totals")) out += "total " + money(total) + "\n";
  return out;
}

std::string metadata_text(const json::object& object, const char* name, const char* title) {
  const json::value* metadata = object.if_contains(name);
  if (!metadata || !metadata->is_object() || metadata->get_object().empty()) return {};
  return title + (" " + member(object, name)) + "\n";
}

}  // namespace cartd::cartctl
