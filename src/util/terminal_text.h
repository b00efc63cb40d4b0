// Text from outside, made fit for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::util {

/// `text` with control characters and bytes that are not UTF-8 written as \xNN, so that no product name can
/// move the cursor or forge a line.
std::string terminal_safe(std::string_view text);

/// How many characters of the terminal `text` takes, near enough: its code points.
std::size_t columns(std::string_view text);

/// Rows of cells with their columns aligned and two blanks between them; the first row is the heading. The columns
/// in `right` are aligned to the right.
std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<std::size_t>& right);

}  // namespace cartd::util
