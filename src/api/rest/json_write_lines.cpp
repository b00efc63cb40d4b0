#include "api/rest/json_write_lines.h"

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
  out += '{';
  append_line_id(out, line.id);
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
    if (details->price_was) {
      out += R"(,"price_was":)";
      format::append_json_price(out, *details->price_was);
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

}  // namespace

void append_line_id(std::string& out, const LineId& id) {
  out += R"("sku":)";
  util::append_json_string(out, id.sku());
  if (const std::string_view label = id.label(); !label.empty()) {
    out += R"(,"line":)";
    util::append_json_string(out, label);
  }
}

void append_lines(std::string& out, const std::vector<Line>& lines) {
  out += '[';
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += ',';
    append_line(out, lines[i]);
  }
  out += ']';
}

void append_totals(std::string& out, const std::vector<Line>& lines) {
  out += '[';
  bool first = true;
  for (const Total& total : totals(lines)) {
    if (!first) out += ',';
    first = false;
    append_total(out, total);
  }
  out += ']';
}

}  // namespace cartd::rest
