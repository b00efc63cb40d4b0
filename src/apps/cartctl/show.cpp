#include "apps/cartctl/show.h"

#include "apps/cartctl/shown_json.h"
#include "util/terminal_text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <vector>

namespace cartd::cartctl {
namespace {

namespace json = boost::json;

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

std::string cart_text(const json::object& cart) {
  std::string out = "cart " + member(cart, "id");
  if (cart.contains("user_id")) out += " of user " + member(cart, "user_id");
  if (cart.contains("kind")) out += ", kind " + member(cart, "kind");
  out += ", version " + member(cart, "version");
  if (cart.contains("expires_at")) out += ", expires " + member(cart, "expires_at");
  out += "\n" + lines_text(cart) + metadata_text(cart, "metadata", "metadata");
  if (member(cart, "degraded") == "true") out += "the store is down; this is the cart as the server last saw it\n";
  return out;
}

}  // namespace

std::string show_cart(std::string_view body) {
  const auto cart = parse_object(body);
  if (!cart || !cart->contains("items")) return util::terminal_safe(body) + "\n";
  return cart_text(*cart);
}

std::string show_merge(std::string_view body) {
  const auto answer = parse_object(body);
  const json::value* cart = answer ? answer->if_contains("cart") : nullptr;
  if (!cart || !cart->is_object()) return util::terminal_safe(body) + "\n";
  std::string out = cart_text(cart->get_object());
  const json::array& capped = array_member(*answer, "capped");
  if (capped.empty()) return out;
  return out + "a limit allowed less of:\n" +
         table_of(capped, {{"sku", "SKU"},
                           {"line", "LINE", Column::Kind::text, false},
                           {"quantity", "WANTED", Column::Kind::number},
                           {"available", "NOW", Column::Kind::number}});
}

std::string show_owner_carts(std::string_view body) {
  auto page = parse_object(body);
  if (!page || !page->contains("carts")) return util::terminal_safe(body) + "\n";
  json::array carts = array_member(*page, "carts");
  for (json::value& cart : carts)
    if (cart.is_object() && !cart.get_object().contains("kind")) cart.get_object()["kind"] = "cart";
  std::string out = carts.empty() ? "no carts\n"
                                  : table_of(carts, {{"id", "CART"},
                                                     {"kind", "KIND"},
                                                     {"version", "VERSION", Column::Kind::number},
                                                     {"line_count", "LINES", Column::Kind::number},
                                                     {"item_count", "PIECES", Column::Kind::number},
                                                     {"created_at", "CREATED"},
                                                     {"updated_at", "CHANGED"},
                                                     {"expires_at", "EXPIRES"}});
  if (page->contains("next_cursor"))
    out += "there are more: go on with --cursor " + member(*page, "next_cursor") + "\n";
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
