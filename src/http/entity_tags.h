// If-Match and If-None-Match (RFC 9110, section 8.8.3 and 13.1). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::http {

struct EntityTag {
  bool weak = false;
  std::string opaque{};  ///< The text between the quotes.
};

struct EntityTags {
  bool any = false;  ///< "*": whatever there is. Then there are no tags.
  std::vector<EntityTag> tags{};

  /// Nothing when `field` is neither "*" nor a list of entity tags. Empty elements are ignored; a list of nothing else
  /// is taken for a mistake.
  static std::optional<EntityTags> parse(std::string_view field);

  bool has_weak() const;
};

}  // namespace cartd::http
