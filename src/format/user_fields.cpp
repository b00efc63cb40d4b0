#include "format/user_fields.h"

#include "format/binary.h"
#include "util/utf8.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace cartd::format {
namespace {

constexpr std::uint8_t user_layout = 1;

std::optional<UserFields> fields_in(BinaryReader& in) {
  if (in.byte() != user_layout) return std::nullopt;
  const auto count = in.count(2);
  if (!count || *count == 0) return std::nullopt;
  UserFields fields;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto name = in.counted();
    const auto value = name ? in.counted() : std::nullopt;
    if (!value || name->empty() || !util::is_utf8(*name) || util::has_control(*name) || !util::is_utf8(*value))
      return std::nullopt;
    if (!fields.empty() && fields.rbegin()->first >= *name) return std::nullopt;
    fields.emplace_hint(fields.end(), *name, *value);
  }
  if (!in.at_end()) return std::nullopt;
  return fields;
}

}  // namespace

std::string user_fields_to_bytes(const UserFields& fields) {
  std::string out(1, static_cast<char>(user_layout));
  append_varint(out, fields.size());
  for (const auto& [name, value] : fields) {
    append_counted(out, name);
    append_counted(out, value);
  }
  return out;
}

Result<UserFields> user_fields_from_bytes(std::string_view bytes) {
  BinaryReader in(bytes);
  if (auto fields = fields_in(in)) return std::move(*fields);
  return Error{Errc::corrupt, "the stored user cannot be decoded"};
}

}  // namespace cartd::format
