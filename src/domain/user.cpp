#include "domain/user.h"

#include "util/utf8.h"

namespace cartd {
namespace {

Result<void> check_name(const std::string& name) {
  constexpr std::size_t max_field_name_bytes = 128;
  if (!name.empty() && name.size() <= max_field_name_bytes && util::is_utf8(name) && !util::has_control(name))
    return {};
  return Error{Errc::invalid, "a field's name must be 1 to 128 bytes of UTF-8 without control characters"};
}

Result<void> check_value(const std::string& name, const std::string& value, const Limits& limits) {
  if (value.size() > limits.max_user_value_bytes)
    return Error{Errc::limit_exceeded,
                 "at most " + std::to_string(limits.max_user_value_bytes) + " bytes are allowed here", pointer_to(name),
                 "user_value_bytes"};
  if (!util::is_utf8(value)) return Error{Errc::invalid, "a value must be UTF-8", pointer_to(name)};
  return {};
}

Error too_many_fields(const Limits& limits) {
  return Error{Errc::limit_exceeded, "a user can have at most " + std::to_string(limits.max_user_fields) + " fields",
               "", "user_fields"};
}

}  // namespace

Result<void> validate(const UserFields& fields, const Limits& limits) {
  if (fields.empty()) return Error{Errc::invalid, "a user needs at least one field"};
  if (fields.size() > limits.max_user_fields) return too_many_fields(limits);
  for (const auto& [name, value] : fields) {
    if (auto checked = check_name(name); !checked) return checked;
    if (auto checked = check_value(name, value, limits); !checked) return checked;
  }
  return {};
}

Result<void> validate(const UserPatch& patch, const Limits& limits) {
  if (patch.size() > limits.max_user_fields) return too_many_fields(limits);
  for (const auto& [name, value] : patch) {
    if (auto checked = check_name(name); !checked) return checked;
    if (!value) continue;
    if (auto checked = check_value(name, *value, limits); !checked) return checked;
  }
  return {};
}

Result<UserFields> patched(UserFields fields, const UserPatch& patch, const Limits& limits) {
  const std::size_t before = fields.size();
  for (const auto& [name, value] : patch) {
    if (value) fields.insert_or_assign(name, *value);
    else fields.erase(name);
  }
  if (fields.size() > limits.max_user_fields && fields.size() > before) return too_many_fields(limits);
  return fields;
}

}  // namespace cartd
