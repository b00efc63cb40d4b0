#include "http/entity_tags.h"

#include "http/fields.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cartd::http {

std::optional<EntityTags> EntityTags::parse(std::string_view field) {
  EntityTags parsed;
  if (trimmed(field) == "*") {
    parsed.any = true;
    return parsed;
  }
  // Not next_element(): a backslash in a tag escapes nothing.
  for (std::string_view rest = after_empty_elements(field); !rest.empty(); rest = after_empty_elements(rest)) {
    EntityTag tag{rest.starts_with("W/"), {}};
    if (tag.weak) rest.remove_prefix(2);
    if (!rest.starts_with('"')) return std::nullopt;
    const std::size_t close = rest.find('"', 1);
    if (close == std::string_view::npos) return std::nullopt;
    tag.opaque = rest.substr(1, close - 1);
    if (tag.opaque.find_first_of(" \t") != std::string::npos) return std::nullopt;
    parsed.tags.push_back(std::move(tag));
    rest = trimmed(rest.substr(close + 1));
    if (!rest.empty() && rest.front() != ',') return std::nullopt;
  }
  if (parsed.tags.empty()) return std::nullopt;
  return parsed;
}

bool EntityTags::has_weak() const {
  return std::any_of(tags.begin(), tags.end(), [](const EntityTag& tag) { return tag.weak; });
}

}  // namespace cartd::http
