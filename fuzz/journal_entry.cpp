// What a journal's file holds as an entry: a key of 17 bytes, then the value. What is accepted must be written and read
// as the same again.
#include "journal/entry.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace {

using cartd::journal::Entry;

/// The entry that these bytes are, as it would be written now; nothing when they are refused.
std::optional<Entry> written_again(std::string_view key, std::string_view value) {
  cartd::journal::ContentsReader reader;
  if (!reader.add(key, value)) return std::nullopt;
  const auto contents = reader.take();
  if (!contents) return std::nullopt;
  if (!contents->records.empty()) return cartd::journal::entry_of(contents->records.front().first);
  return cartd::journal::entry_of(contents->dead_letters.front().first);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string_view key = bytes.substr(0, 17);
  const auto first = written_again(key, bytes.substr(key.size()));
  if (!first) return 0;
  const auto second = written_again(first->key, first->value);
  if (!second || first->key != key || second->key != first->key || second->value != first->value) std::abort();
  return 0;
}
