#include "util/json_merge_patch.h"

#include "util/json_document.h"
#include "util/json_string.h"

#include <algorithm>
#include <optional>

namespace cartd::util {
namespace {

std::optional<JsonValue> member(JsonValue object, std::string_view key) {
  const auto found = std::find_if(object.begin(), object.end(), [&](JsonValue one) { return one.key() == key; });
  return found == object.end() ? std::nullopt : std::optional(*found);
}

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
  if (target) {
    for (const JsonValue old : *target) {
      const std::optional<JsonValue> change = member(patch, old.key());
      if (change && change->is(JsonKind::null)) continue;
      members.begin(old.key());
      if (change) append_merged(out, old, *change);
      else append_json(out, old);
    }
  }
  for (const JsonValue added : patch) {
    if (added.is(JsonKind::null) || (target && member(*target, added.key()))) continue;
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
