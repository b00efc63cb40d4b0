// What a statement answered, column by column. All results are in PostgreSQL's binary format, which is that of
// statements.cpp's casts: int8 and int2 in network byte order, text and bytea as they are.
#pragma once

#include "store/postgres/handles.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace cartd::postgres {

class Rows {
 public:
  explicit Rows(ResultPtr result) : result_(std::move(result)) {}

  std::size_t count() const;
  /// How many rows a write has written.
  std::size_t written() const;

  /// Nothing: null, or not such a value. `row` and `column` are among those that there are.
  std::optional<std::string_view> text(std::size_t row, std::size_t column) const;
  std::optional<std::int64_t> number(std::size_t row, std::size_t column) const;
  bool is_null(std::size_t row, std::size_t column) const;

 private:
  ResultPtr result_;
};

}  // namespace cartd::postgres
