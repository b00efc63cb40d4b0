// Lines that a request names, out of JSON.
#pragma once

#include "domain/error.h"
#include "domain/line_id.h"
#include "domain/money.h"
#include "util/json_document.h"

#include <cstdint>
#include <optional>

namespace cartd::rest {

struct NamedLine {
  LineId line;
  std::optional<std::int64_t> quantity{};
  std::optional<Money> unit_price{};
};

enum class NamedLineMembers {
  quantity,    ///< {"sku", "line"? or "options"?, "quantity"?}
  unit_price,  ///< {"sku", "line"? or "options"?, "unit_price"}
};

Result<NamedLine> read_named_line(util::JsonValue object, NamedLineMembers wanted);

}  // namespace cartd::rest
