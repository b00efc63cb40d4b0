// Single values as JSON texts (RFC 8259). Pure.
#pragma once

#include "domain/money.h"
#include "domain/time.h"

#include <string>
#include <string_view>

namespace cartd::format {

/// Appends RFC 3339 in UTC with milliseconds: "2026-11-22T10:00:00.000Z". The format has the years 0000 to 9999; a
/// time beyond them is shown as the nearest it has.
void append_json_time(std::string& out, Time time);
/// Appends {"amount_minor":…,"currency":"…"}.
void append_json_price(std::string& out, const Money& price);
/// Appends the object whose text `metadata` is; {} when it is empty.
void append_json_metadata(std::string& out, std::string_view metadata);

}  // namespace cartd::format
