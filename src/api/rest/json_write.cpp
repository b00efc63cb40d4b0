// Carts and users into JSON. By hand, because building a tree first would cost more than all the rest of answering a
// read.
#include "api/rest/json.h"
#include "api/rest/json_write_lines.h"
#include "format/json_text.h"
#include "util/decimal.h"
#include "util/json_string.h"

namespace cartd::rest {
namespace {

void append_optional_time(std::string& out, std::string_view name, const std::optional<Time>& time) {
  if (!time) return;
  out.append(",\"").append(name).append("\":");
  format::append_json_time(out, *time);
}

}  // namespace

void append_json(std::string& out, const Cart& cart, const CartStatus& status) {
  constexpr std::size_t usual_cart = 320;
  constexpr std::size_t usual_line = 64;
  out.reserve(out.size() + usual_cart + cart.metadata.size() + cart.lines.size() * usual_line);
  out += R"({"id":)";
  util::append_json_string(out, cart.id.str());
  if (cart.owner) {
    out += R"(,"user_id":)";
    util::append_json_string(out, cart.owner->str());
  }
  if (cart.kind) {
    out += R"(,"kind":)";
    util::append_json_string(out, cart.kind->str());
  }
  out += R"(,"version":)";
  util::append_number(out, cart.version);
  out += R"(,"items":)";
  append_lines(out, cart.lines);
  out += R"(,"item_count":)";
  util::append_number(out, item_count(cart.lines));
  out += R"(,"line_count":)";
  util::append_number(out, cart.lines.size());
  out += R"(,"totals":)";
  append_totals(out, cart.lines);
  if (!cart.metadata.empty()) {
    out += R"(,"metadata":)";
    format::append_json_metadata(out, cart.metadata);
  }
  append_optional_time(out, "created_at", cart.created_at);
  append_optional_time(out, "updated_at", cart.updated_at);
  append_optional_time(out, "expires_at", cart.expires_at);
  out += R"(,"durability":)";
  util::append_json_string(out, status.durability);
  out += status.degraded ? R"(,"degraded":true)" : R"(,"degraded":false)";
  if (status.partial) out += R"(,"partial":true)";
  out += '}';
}

void append_json(std::string& out, const OwnedCart& cart) {
  out += R"({"id":)";
  util::append_json_string(out, cart.id.str());
  if (cart.kind) {
    out += R"(,"kind":)";
    util::append_json_string(out, cart.kind->str());
  }
  out += R"(,"version":)";
  util::append_number(out, cart.version);
  out += R"(,"item_count":)";
  util::append_number(out, cart.item_count);
  out += R"(,"line_count":)";
  util::append_number(out, cart.line_count);
  append_optional_time(out, "created_at", cart.created_at);
  append_optional_time(out, "updated_at", cart.updated_at);
  append_optional_time(out, "expires_at", cart.expires_at);
  out += '}';
}

void append_json(std::string& out, const UserFields& fields) {
  out += '{';
  bool first = true;
  for (const auto& [name, value] : fields) {
    if (!first) out += ',';
    first = false;
    util::append_json_string(out, name);
    out += ':';
    util::append_json_string(out, value);
  }
  out += '}';
}

}  // namespace cartd::rest
