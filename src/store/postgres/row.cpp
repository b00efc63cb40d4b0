#include "store/postgres/row.h"

#include "util/decimal.h"

#include <libpq-fe.h>

namespace cartd::postgres {

std::size_t Rows::count() const { return static_cast<std::size_t>(PQntuples(result_.get())); }

std::size_t Rows::written() const { return util::parse_number<std::size_t>(PQcmdTuples(result_.get())).value_or(0); }

bool Rows::is_null(std::size_t row, std::size_t column) const {
  return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) == 1;
}

std::optional<std::string_view> Rows::text(std::size_t row, std::size_t column) const {
  if (is_null(row, column)) return std::nullopt;
  const int length = PQgetlength(result_.get(), static_cast<int>(row), static_cast<int>(column));
  return std::string_view(PQgetvalue(result_.get(), static_cast<int>(row), static_cast<int>(column)),
                          static_cast<std::size_t>(length));
}

std::optional<std::int64_t> Rows::number(std::size_t row, std::size_t column) const {
  const auto bytes = text(row, column);
  if (!bytes || (bytes->size() != 8 && bytes->size() != 2)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char byte : *bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return bytes->size() == 2 ? static_cast<std::int16_t>(value) : static_cast<std::int64_t>(value);
}

}  // namespace cartd::postgres
