// Values that other stores keep as JSON texts, as fields that people can query: a JSON object becomes a document where
// that says exactly the same, and is its text otherwise. It says the same when the same text comes back: numbers have
// many spellings, and some names (empty, with a "." or with a "$" in front) are none for a database. Pure.
//
// Lines are as in format/stored_lines.h, but that `added_at` is a date, and that metadata and options are such objects.
#pragma once

#include "domain/cart.h"
#include "domain/error.h"
#include "store/mongodb/document.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::mongodb {

/// `json` is the text of a JSON object.
void add_object(Document& to, std::string_view name, std::string_view json);
/// The text that add_object() was given; nothing where the field is something else. Whether a text is a JSON object is
/// for the caller to find out.
std::optional<std::string> object_in(const Fields& fields, std::string_view name);

void add_lines(Document& to, std::string_view name, const std::vector<Line>& lines);
/// Errc::corrupt where the field is anything else.
Result<std::vector<Line>> lines_in(const Fields& fields, std::string_view name);

}  // namespace cartd::mongodb
