// Carts and users into JSON. By hand, because building a tree first would cost more than all the rest of answering a
// read.
#include "api/rest/json.h"
#include "format/json_text.h"
#include "util/decimal.h"
#include "util/json_string.h"

namespace cartd::rest {
namespace {

void append_total(std::string& out, const Total& total) {
  out += R"({"amount_minor":)";
  // Dividing 128 bits by ten, digit by digit, is slow, and hardly ever needed.
  const auto narrow = static_cast<std::int64_t>(total.amount_minor);
  if (narrow == total.amount_minor) util::append_number(out, narrow);
  else out += to_string(total.amount_minor);
  out += R"(,"currency":")";
  out += total.currency.code();
  out += R"("})";
}

void append_line(std::string& out, const Line& line) {
  out += R"({"sku":)";
  util::append_json_string(out, line.id.sku());
  if (const std::string_view label = line.id.label(); !label.empty()) {
    out += R"(,"line":)";
    util::append_json_string(out, label);
  }
  out += R"(,"quantity":)";
  util::append_number(out, line.quantity);
  if (const LineDetails* details = line.details.get()) {
    if (!details->options.empty()) {
      out += R"(,"options":)";
      out += details->options;
    }
    if (!details->name.empty()) {
      out += R"(,"name":)";
      util::append_json_string(out, details->name);
    }
    if (const auto sum = subtotal(line)) {
      out += R"(,"unit_price":)";
      format::append_json_price(out, *details->unit_price);
      out += R"(,"subtotal":)";
      append_total(out, *sum);
    }
    if (!details->metadata.empty()) {
      out += R"(,"metadata":)";
      out += details->metadata;
    }
    out += R"(,"added_at":)";
    format::append_json_time(out, details->added_at);
  }
  out += '}';
}

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
  out += R"(,"version":)";
  util::append_number(out, cart.version);
  out += R"(,"items":[)";
  for (std::size_t i = 0; i < cart.lines.size(); ++i) {
    if (i > 0) out += ',';
    append_line(out, cart.lines[i]);
  }
  out += R"(],"item_count":)";
  util::append_number(out, item_count(cart));
  out += R"(,"line_count":)";
  util::append_number(out, cart.lines.size());
  out += R"(,"totals":[)";
  bool first = true;
  for (const Total& total : totals(cart)) {
    if (!first) out += ',';
    first = false;
    append_total(out, total);
  }
  out += ']';
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
