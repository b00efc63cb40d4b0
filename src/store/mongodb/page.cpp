#include "store/mongodb/page.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace cartd::mongodb {
namespace {

/// Some hundred KiB each at worst.
constexpr std::size_t most_documents = 100;

}  // namespace

Operation page_of(const char* collection, const ScanRequest& request) {
  Operation find{Operation::Kind::find, collection};
  find.most = static_cast<std::int64_t>(std::min(request.most, most_documents));
  find.by_id = true;
  // Texts alone, also from the beginning.
  Document behind;
  behind.text("$gt", request.cursor);
  find.filter.document("_id", behind);
  return find;
}

}  // namespace cartd::mongodb
