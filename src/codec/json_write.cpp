// Carts, users and commands into JSON. By hand, because building a tree first would cost more than all the rest of
// answering a read.
#include "codec/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>

namespace cartd {
namespace {

template <std::integral Number>
void append_number(std::string& out, Number value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

/// Writes `value` in `width` digits, with leading zeros, at `place`.
void put_digits(char* place, std::size_t width, unsigned value) {
  for (char* digit = place + width; digit != place; value /= 10) *--digit = static_cast<char>('0' + value % 10);
}

void append_total(std::string& out, const Total& total) {
  out += R"({"amount_minor":)";
  // Dividing 128 bits by ten, digit by digit, is slow, and hardly ever needed.
  const auto narrow = static_cast<std::int64_t>(total.amount_minor);
  if (narrow == total.amount_minor) append_number(out, narrow);
  else out += to_string(total.amount_minor);
  out += R"(,"currency":")";
  out += total.currency.code();
  out += R"("})";
}

void append_price(std::string& out, const Money& price) {
  out += R"({"amount_minor":)";
  append_number(out, price.amount_minor);
  out += R"(,"currency":")";
  out += price.currency.code();
  out += R"("})";
}

void append_line(std::string& out, const Line& line) {
  out += R"({"sku":)";
  append_json_string(out, line.sku.str());
  out += R"(,"quantity":)";
  append_number(out, line.quantity);
  if (const LineDetails* details = line.details.get()) {
    if (!details->name.empty()) {
      out += R"(,"name":)";
      append_json_string(out, details->name);
    }
    if (const auto sum = subtotal(line)) {
      out += R"(,"unit_price":)";
      append_price(out, *details->unit_price);
      out += R"(,"subtotal":)";
      append_total(out, *sum);
    }
    if (!details->metadata.empty()) {
      out += R"(,"metadata":)";
      out += details->metadata;
    }
    out += R"(,"added_at":)";
    append_json_time(out, details->added_at);
  }
  out += '}';
}

void append_optional_time(std::string& out, std::string_view name, const std::optional<Time>& time) {
  if (!time) return;
  out.append(",\"").append(name).append("\":");
  append_json_time(out, *time);
}

void append_metadata(std::string& out, const std::string& metadata) {
  out += R"(,"metadata":)";
  if (metadata.empty()) out += "{}";
  else out += metadata;
}

/// Writes a command in the form in which parse_batch() reads it, members always in the same order.
struct CanonicalJson {
  std::string& out;

  void open(std::string_view op) const { out.append(R"({"op":")").append(op).append("\""); }
  void sku(const Sku& sku) const {
    out += R"(,"sku":)";
    append_json_string(out, sku.str());
  }
  void quantity(std::int64_t quantity) const {
    out += R"(,"quantity":)";
    append_number(out, quantity);
  }
  void details(const std::optional<LineDetails>& details) const {
    if (!details) return;
    if (!details->name.empty()) {
      out += R"(,"name":)";
      append_json_string(out, details->name);
    }
    if (details->unit_price) {
      out += R"(,"unit_price":)";
      append_price(out, *details->unit_price);
    }
    // Details that are given and empty make a line bare, and so must show.
    if (!details->metadata.empty() || details->empty()) append_metadata(out, details->metadata);
  }

  void operator()(const Add& add) const {
    open("add");
    sku(add.sku);
    quantity(add.quantity);
    details(add.details);
    out += '}';
  }
  void operator()(const Remove& remove) const {
    open("remove");
    sku(remove.sku);
    quantity(remove.quantity);
    out += '}';
  }
  void operator()(const RemoveLine& remove) const {
    open("remove_line");
    sku(remove.sku);
    out += '}';
  }
  void operator()(const Set& set) const {
    open("set");
    sku(set.sku);
    quantity(set.quantity);
    details(set.details);
    out += '}';
  }
  void operator()(const Clear&) const {
    open("clear");
    out += '}';
  }

  void operator()(const Batch& batch) const {
    out += '[';
    for (std::size_t i = 0; i < batch.commands.size(); ++i) {
      if (i > 0) out += ',';
      std::visit(*this, batch.commands[i]);
    }
    out += ']';
  }
  void operator()(const Annotate& annotate) const {
    open("annotate");
    if (annotate.metadata) append_metadata(out, *annotate.metadata);
    if (annotate.owner) {
      out += R"(,"user_id":)";
      if (*annotate.owner) append_json_string(out, (*annotate.owner)->str());
      else out += "null";
    }
    out += '}';
  }
  void operator()(const Delete&) const {
    open("delete");
    out += '}';
  }
  void operator()(const Touch&) const {
    open("touch");
    out += '}';
  }
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  const auto must_escape = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
  out += '"';
  for (auto run = text.begin(); run != text.end();) {
    const auto stop = std::find_if(run, text.end(), must_escape);
    out.append(run, stop);
    if (stop == text.end()) break;
    switch (*stop) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: {
        constexpr std::string_view hex = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(*stop);
        out += "\\u00";
        out += hex[byte >> 4];
        out += hex[byte & 0xF];
      }
    }
    run = stop + 1;
  }
  out += '"';
}

void append_json_time(std::string& out, Time time) {
  using namespace std::chrono;
  constexpr Time first = sys_days(year(0) / January / 1);
  constexpr Time last = sys_days(year(10'000) / January / 1) - Millis(1);
  time = std::clamp(time, first, last);
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto of_day = static_cast<unsigned>((time - day).count());
  char text[] = "\"0000-00-00T00:00:00.000Z\"";
  put_digits(text + 1, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text + 6, 2, static_cast<unsigned>(date.month()));
  put_digits(text + 9, 2, static_cast<unsigned>(date.day()));
  put_digits(text + 12, 2, of_day / 3'600'000);
  put_digits(text + 15, 2, of_day / 60'000 % 60);
  put_digits(text + 18, 2, of_day / 1000 % 60);
  put_digits(text + 21, 3, of_day % 1000);
  out.append(text, sizeof text - 1);
}

void append_json(std::string& out, const Cart& cart, const CartStatus& status) {
  constexpr std::size_t usual_cart = 320;
  constexpr std::size_t usual_line = 64;
  out.reserve(out.size() + usual_cart + cart.metadata.size() + cart.lines.size() * usual_line);
  out += R"({"id":)";
  append_json_string(out, cart.id.str());
  if (cart.owner) {
    out += R"(,"user_id":)";
    append_json_string(out, cart.owner->str());
  }
  out += R"(,"version":)";
  append_number(out, cart.version);
  out += R"(,"items":[)";
  for (std::size_t i = 0; i < cart.lines.size(); ++i) {
    if (i > 0) out += ',';
    append_line(out, cart.lines[i]);
  }
  out += R"(],"item_count":)";
  append_number(out, item_count(cart));
  out += R"(,"line_count":)";
  append_number(out, cart.lines.size());
  out += R"(,"totals":[)";
  bool first = true;
  for (const Total& total : totals(cart)) {
    if (!first) out += ',';
    first = false;
    append_total(out, total);
  }
  out += ']';
  if (!cart.metadata.empty()) append_metadata(out, cart.metadata);
  append_optional_time(out, "created_at", cart.created_at);
  append_optional_time(out, "updated_at", cart.updated_at);
  append_optional_time(out, "expires_at", cart.expires_at);
  out += R"(,"durability":)";
  append_json_string(out, status.durability);
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
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
}

std::string canonical_json(const Command& command) {
  std::string out;
  std::visit(CanonicalJson{out}, command);
  return out;
}

}  // namespace cartd
