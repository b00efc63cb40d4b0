// A cart's lines and a user's fields as a database keeps them. What is accepted must be written and read as the same
// again.
#include "format/stored_lines.h"
#include "format/stored_user.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace cartd;

void check_lines(std::string_view text) {
  const auto lines = format::lines_from_json(text);
  if (!lines) return;
  const auto again = format::lines_from_json(format::lines_to_json(*lines));
  if (!again || *again != *lines) std::abort();
}

void check_user(std::string_view text) {
  const auto fields = format::user_fields_from_json(text);
  if (!fields) return;
  const auto again = format::user_fields_from_json(format::user_fields_to_json(*fields));
  if (!again || *again != *fields) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  check_lines(text);
  check_user(text);
  return 0;
}
