#include "apps/cartctl/show.h"

#include "apps/cartctl/money_text.h"
#include "util/terminal_text.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>

namespace cartd::cartctl {
namespace {

namespace json = boost::json;

std::optional<json::object> parse_object(std::string_view body) {
  boost::system::error_code error;
  json::value value = json::parse(json::string_view(body.data(), body.size()), error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

// The member as text: a string's own, other values as JSON; empty when there is none.
std::string member(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (!value) return {};
  return util::terminal_safe(value->is_string() ? std::string(value->as_string()) : json::serialize(*value));
}

std::string money(const json::value& value) {
  if (!value.is_object()) return {};
  return money_text(member(value.as_object(), "amount_minor"), member(value.as_object(), "currency"));
}

std::string money_member(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value ? money(*value) : std::string();
}

const json::array& array_member(const json::object& object, const char* name) {
  static const json::array none;
  const json::value* value = object.if_contains(name);
  return value && value->is_array() ? value->get_array() : none;
}

// LINE and OPTIONS only where a line has them.
std::string lines_table(const json::array& items) {
  const auto some_have = [&](const char* name) {
    return std::any_of(items.begin(), items.end(),
                       [&](const json::value& item) { return item.is_object() && item.get_object().contains(name); });
  };
  std::vector<const char*> identity{"sku"};
  for (const char* name : {"line", "options"})
    if (some_have(name)) identity.push_back(name);
  std::vector<std::vector<std::string>> rows(1);
  for (const std::string_view name : identity)
    rows[0].push_back(name == "sku" ? "SKU" : name == "line" ? "LINE" : "OPTIONS");
  for (const char* title : {"QUANTITY", "NAME", "PRICE", "SUBTOTAL"}) rows[0].emplace_back(title);
  for (const json::value& item : items) {
    const json::object* line = item.if_object();
    if (!line) continue;
    std::vector<std::string>& row = rows.emplace_back();
    for (const char* name : identity) row.push_back(member(*line, name));
    for (const char* name : {"quantity", "name"}) row.push_back(member(*line, name));
    for (const char* name : {"unit_price", "subtotal"}) row.push_back(money_member(*line, name));
  }
  const std::size_t quantity = identity.size();
  return util::table(rows, {quantity, quantity + 2, quantity + 3});
}

// A command in a few words: "add 2 MUG, clear".
std::string command_text(const json::value* command) {
  if (!command) return {};
  std::string text;
  const auto append = [&](const json::value& step) {
    const json::object* object = step.if_object();
    if (!object) return;
    if (!text.empty()) text += ", ";
    text += member(*object, "op");
    for (const char* name : {"quantity", "sku", "line"})
      if (object->contains(name)) text += " " + member(*object, name);
  };
  if (const json::array* steps = command->if_array()) std::for_each(steps->begin(), steps->end(), append);
  else append(*command);
  return text;
}

std::string journal_text(const json::value* journal) {
  const json::object* object = journal ? journal->if_object() : nullptr;
  if (!object) return "no journal: waiting changes are in this server's memory\n";
  std::string text = "journal " + member(*object, "state");
  if (object->contains("detail")) text += ": " + member(*object, "detail");
  text += "; " + member(*object, "records") + " changes, " + member(*object, "bytes");
  if (object->contains("max_bytes")) text += " of " + member(*object, "max_bytes");
  return text + " bytes\n";
}

std::string letters_table(const json::array& letters) {
  std::vector<std::vector<std::string>> rows{{"ID", "CART", "CHANGE", "ACCEPTED", "DEAD-LETTERED", "REASON"}};
  for (const json::value& entry : letters)
    if (const json::object* letter = entry.if_object())
      rows.push_back({member(*letter, "id"), member(*letter, "cart"), command_text(letter->if_contains("command")),
                      member(*letter, "accepted_at"), member(*letter, "dead_lettered_at"), member(*letter, "reason")});
  return util::table(rows, {});
}

}  // namespace

std::string show_cart(std::string_view body) {
  const auto cart = parse_object(body);
  if (!cart || !cart->contains("items")) return util::terminal_safe(body) + "\n";
  std::string out = "cart " + member(*cart, "id");
  if (cart->contains("user_id")) out += " of user " + member(*cart, "user_id");
  out += ", version " + member(*cart, "version");
  if (cart->contains("expires_at")) out += ", expires " + member(*cart, "expires_at");
  out += "\n";

  const json::array& items = array_member(*cart, "items");
  out += items.empty() ? "no lines\n" : lines_table(items);
  if (!items.empty()) out += member(*cart, "item_count") + " pieces in " + member(*cart, "line_count") + " lines\n";
  for (const json::value& total : array_member(*cart, "totals")) out += "total " + money(total) + "\n";
  if (const json::value* metadata = cart->if_contains("metadata");
      metadata && metadata->is_object() && !metadata->get_object().empty())
    out += "metadata " + member(*cart, "metadata") + "\n";
  if (member(*cart, "degraded") == "true") out += "the store is down; this is the cart as the server last saw it\n";
  return out;
}

std::string show_user(std::string_view body) {
  const auto user = parse_object(body);
  if (!user) return util::terminal_safe(body) + "\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& field : *user)
    rows.push_back({util::terminal_safe(std::string_view(field.key().data(), field.key().size())),
                    member(*user, std::string(field.key()).c_str())});
  return util::table(rows, {});
}

std::string show_outbox(std::string_view body) {
  const auto outbox = parse_object(body);
  if (!outbox || !outbox->contains("dead_letters")) return util::terminal_safe(body) + "\n";
  const std::string depth = member(*outbox, "depth");
  std::string out = depth + " changes are not in Redis yet";
  if (depth != "0") out += ", the oldest for " + member(*outbox, "oldest_seconds") + " s";
  out += "; " + member(*outbox, "unconfirmed") + " are in Redis, not yet safely replicated\n";
  out += journal_text(outbox->if_contains("journal"));
  const json::array& letters = array_member(*outbox, "dead_letters");
  if (letters.empty()) return out + "no dead letters\n";
  const json::object* journal = outbox->contains("journal") ? outbox->at("journal").if_object() : nullptr;
  const std::string shown = std::to_string(letters.size());
  if (outbox->contains("next_cursor") && journal)
    out += "the first " + shown + " of " + member(*journal, "dead_letters") +
           " dead letters; cartctl outbox export prints all\n";
  else out += shown + " dead letters\n";
  return out + letters_table(letters);
}

std::string show_problem(unsigned status, std::string_view body) {
  const auto problem = parse_object(body);
  const std::string title = problem ? member(*problem, "title") : "";
  const std::string detail = problem ? member(*problem, "detail") : "";
  std::string out = title.empty() ? "the server answered an error" : title;
  if (!detail.empty()) out += ": " + detail;
  if (problem && problem->contains("current_version"))
    out += "; the current version is " + member(*problem, "current_version");
  return out + " (" + std::to_string(status) + ")";
}

}  // namespace cartd::cartctl
