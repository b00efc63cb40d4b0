// JSON merge patches (RFC 7396) on texts: what a patch does not name stays as it was written, numbers included. Pure.
#pragma once

#include <string>
#include <string_view>

namespace cartd::util {

/// `target` after `patch`. Both are texts of JSON objects, or empty, which stands for {}; so is what is answered, and
/// it is compact. Members of `target` keep their order; new ones follow, in the order of `patch`.
std::string merge_patch(std::string_view target, std::string_view patch);

}  // namespace cartd::util
