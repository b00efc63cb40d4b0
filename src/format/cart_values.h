// Values that several things at rest have in common: times, metadata, owners, lines. Numbers and texts are as in
// format/binary.h; times are milliseconds since 1970.
//
// Lines: their number, then of each: identity (LineId::str()), quantity, details. Details are one byte that says which
// members follow (1 details at all, 2 name, 4 unit price, 8 metadata, 16 options, 32 price before), then added_at,
// name, amount in minor units and currency (3 bytes), metadata, options, and again amount and currency.
//
// Each read function answers nothing, or false, where the next bytes are not what it reads, or are a value that none of
// it may have; then nothing further may be asked. Every byte is looked at as hostile.
#pragma once

#include "domain/cart.h"
#include "format/binary.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::format {

/// The last millisecond of the year 9999: later ones cannot be shown.
inline constexpr std::uint64_t last_time = 253'402'300'799'999;

/// Times before 1970 are written as 1970.
std::uint64_t number_of(Time time);
void append_time(std::string& out, Time time);
std::optional<Time> time_in(BinaryReader& in);

/// A text of the URL-safe base64 alphabet with so many characters.
std::optional<std::string> digest_in(BinaryReader& in, std::size_t size);

/// The text of a JSON object.
std::optional<std::string> metadata_in(BinaryReader& in);
bool read_owner(BinaryReader& in, std::optional<UserId>& owner);
/// Another kind than the usual one.
bool read_kind(BinaryReader& in, std::optional<CartKind>& kind);

/// About how many bytes append_lines() appends.
std::size_t size_of(const std::vector<Line>& lines);
void append_lines(std::string& out, const std::vector<Line>& lines);
/// At least one line, each once, in any order.
bool read_lines(BinaryReader& in, std::vector<Line>& lines);

std::optional<LineId> line_id_in(BinaryReader& in);
void append_money(std::string& out, const Money& money);
/// A unit price.
std::optional<Money> money_in(BinaryReader& in);

}  // namespace cartd::format
