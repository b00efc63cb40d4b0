// Lines into JSON, of carts, checkouts and orders.
#pragma once

#include "domain/cart.h"
#include "domain/line_id.h"

#include <string>
#include <vector>

namespace cartd::rest {

/// Appends the members "sku" and, with a label, "line".
void append_line_id(std::string& out, const LineId& id);
/// An array.
void append_lines(std::string& out, const std::vector<Line>& lines);
/// An array with a sum a currency.
void append_totals(std::string& out, const std::vector<Line>& lines);

}  // namespace cartd::rest
