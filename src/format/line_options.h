// What a customer chose of an article, such as {"color":"red","engraving":"Ada"}: a flat JSON object that tells two
// lines of one SKU apart. Pure.
#pragma once

#include "domain/error.h"
#include "domain/ids.h"
#include "util/json_document.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace cartd::format {

/// Bytes of options in their canonical form.
inline constexpr std::size_t max_line_options_bytes = 1024;

/// The canonical form of `options`: compact, members in the order of their names, bytewise, numbers as they were
/// written; a member that is null counts as left out, and the form of no members is empty. Errc::invalid where it is no
/// object, has a member that is neither text nor number nor boolean, to which the pointer leads, or is too long.
Result<std::string> canonical_options(util::JsonValue options);

/// Whether `text` is what canonical_options() answers, and not empty.
bool is_line_options(std::string_view text);

/// The label of the line that has these options, in their canonical form: 22 characters of the SHA-256 in URL-safe
/// base64. The same for ever, as stores keep it.
LineLabel label_of_options(std::string_view canonical);

}  // namespace cartd::format
