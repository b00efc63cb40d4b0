#include "util/json_merge_patch.h"

#include "util/json_document.h"
#include "util/json_string.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace cartd::util {
namespace {

/// Finds members of an object by name: objects may have many, and both sides are asked for each member of the other.
class MembersByName {
 public:
  explicit MembersByName(JsonValue object) : sorted_(object.begin(), object.end()) {
    std::sort(sorted_.begin(), sorted_.end(), [](const JsonValue& a, const JsonValue& b) { return a.key() < b.key(); });
  }

  std::optional<JsonValue> find(std::string_view key) const {
    const auto found = std::lower_bound(sorted_.begin(), sorted_.end(), key,
                                        [](const JsonValue& one, std::string_view name) { return one.key() < name; });
    return found != sorted_.end() && found->key() == key ? std::optional(*found) : std::nullopt;
  }

 private:
  std::vector<JsonValue> sorted_;
};

/// An object that is being written.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void begin(std::string_view key) {
    if (!is_first_) out_ += ',';
    is_first_ = false;
    append_json_string(out_, key);
    out_ += ':';
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool is_first_ = true;
};

/// `target`: nothing where it is no object, which then counts as an empty one.
void append_merged(std::string& out, std::optional<JsonValue> target, JsonValue patch) {
  if (!patch.is(JsonKind::object)) return append_json(out, patch);
  if (target && !target->is(JsonKind::object)) target.reset();
  Members members(out);
  std::optional<MembersByName> old_members;
  if (target) {
    old_members.emplace(*target);
    const MembersByName changes(patch);
    for (const JsonValue old : *target) {
      const std::optional<JsonValue> change = changes.find(old.key());
      if (change && change->is(JsonKind::null)) continue;
      members.begin(old.key());
      if (change) append_merged(out, old, *change);
      else append_json(out, old);
    }
  }
  for (const JsonValue added : patch) {
    if (added.is(JsonKind::null) || (old_members && old_members->find(added.key()))) continue;
    members.begin(added.key());
    append_merged(out, std::nullopt, added);
  }
  members.end();
}

}  // namespace

std::string merge_patch(std::string_view target, std::string_view patch) {
  const auto change = JsonDocument::parse(patch);
  if (!change || !change->root().is(JsonKind::object)) return std::string(target);
  const auto before = JsonDocument::parse(target);
  std::string out;
  append_merged(out, before ? std::optional(before->root()) : std::nullopt, change->root());
  return out == "{}" ? std::string() : out;
}

}  // namespace cartd::util
