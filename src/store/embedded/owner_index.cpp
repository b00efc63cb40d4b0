#include "store/embedded/owner_index.h"

#include "format/record.h"
#include "store/embedded/key_layout.h"
#include "store/embedded/owner_key.h"

#include <string_view>
#include <utility>
#include <vector>

namespace cartd::embedded {

std::string index_owners(Database& database) {
  RangeRequest request{std::string(1, cart_prefix)};
  request.most = 10'000;
  request.most_bytes = std::size_t{16} << 20;
  do {
    const Range range = database.range(request);
    if (!range.why.empty()) return "cannot be read: " + range.why;
    std::vector<OwnerEntry> entries;
    for (const RangeEntry& found : range.entries) {
      const auto id = CartId::parse(std::string_view(found.key).substr(1));
      const auto stored = id ? format::record_from_bytes(*id, found.value) : Error{Errc::corrupt, ""};
      auto entry = stored ? owner_entry(stored->record.cart) : std::nullopt;
      if (entry) entries.push_back(std::move(*entry));
    }
    std::vector<Put> puts;
    for (const OwnerEntry& entry : entries) puts.push_back({entry.key, entry.value});
    if (!puts.empty()) {
      const WriteOutcome written = database.write(puts);
      if (written.kind != WriteOutcome::Kind::done) return "cannot be written: " + written.why;
    }
    request.after = range.next;
  } while (!request.after.empty());
  return {};
}

}  // namespace cartd::embedded
