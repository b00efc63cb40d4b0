// A cart's lines as JSON, as a database keeps them where people can query them: an array of objects, in no order.
//
//   sku         text
//   line        the line's label, where it has one
//   quantity    a whole number, 1 to max_readable_quantity
//   added_at    milliseconds since 1970; only with details, and then always; so the rest:
//   name        text
//   unit_price  {"amount_minor": a whole number, "currency": three letters}
//   price_was   the same: the price before the shop's last one
//   metadata    a text: that of a JSON object
//   options     a text: that of a flat JSON object, see format/line_options.h
//
// What is empty is left out. Metadata and options are texts, because a database that keeps JSON as values changes how
// numbers are written and in what order members stand, and takes no U+0000.
#pragma once

#include "domain/cart.h"
#include "domain/error.h"
#include "util/json_document.h"

#include <string>
#include <string_view>
#include <vector>

namespace cartd::format {

/// Times before 1970 are written as 1970.
std::string lines_to_json(const std::vector<Line>& lines);

/// In shown_before order. Errc::corrupt when `text` is anything else, an unknown member included, and when a value is
/// one that no cart may have. Every byte is looked at as hostile.
Result<std::vector<Line>> lines_from_json(std::string_view text);
Result<std::vector<Line>> lines_from_json(util::JsonValue value);

}  // namespace cartd::format
