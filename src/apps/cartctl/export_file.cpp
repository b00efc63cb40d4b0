#include "apps/cartctl/export_file.h"

#include <istream>
#include <utility>

namespace cartd::cartctl {
namespace {

enum class Got { line, nothing, cut, too_long };

/// A line without its end. `cut`: the file ends before the line does.
Got get_line(std::istream& in, std::string& line) {
  line.clear();
  std::streambuf& buffer = *in.rdbuf();
  for (int c = buffer.sbumpc(); c != std::istream::traits_type::eof(); c = buffer.sbumpc()) {
    if (c == '\n') return Got::line;
    if (line.size() == most_line_bytes) return Got::too_long;
    line += static_cast<char>(c);
  }
  return line.empty() ? Got::nothing : Got::cut;
}

/// What is wrong with the end; empty: nothing.
std::string check_end(const FileLine& end, const FileSummary& summary) {
  const Tally& tally = summary.tally;
  if (end.carts != tally.carts() || end.users != tally.users())
    return "says that there are " + std::to_string(end.carts) + " carts and " + std::to_string(end.users) +
           " users, and there are " + std::to_string(tally.carts()) + " and " + std::to_string(tally.users());
  if (end.checksum != tally.checksum()) return "has another checksum than what stands before it";
  return {};
}

}  // namespace

std::string read_export(std::istream& in, bool is_whole, FileSummary& summary,
                        const std::function<bool(Moved moved, std::uint64_t bytes)>& take) {
  std::string text;
  std::uint64_t bytes = 0;
  bool has_all_digests = true;
  for (std::uint64_t number = 1;; ++number) {
    const Got got = get_line(in, text);
    const std::string place = "line " + std::to_string(number) + " ";
    if (got == Got::too_long) return place + "is too long";
    // What was cut off is written again.
    if (got == Got::cut && !is_whole) return {};
    if (got == Got::cut) return place + "is cut off: the file is not whole";
    if (got == Got::nothing) {
      if (number == 1 && is_whole) return "the file is empty";
      return is_whole && !summary.has_end ? place + "is missing: the file is not whole" : std::string();
    }
    if (summary.has_end) return place + "stands behind the end";
    bytes += text.size() + 1;
    auto line = read_line(text);
    if (!line) return place + line.error();
    if ((number == 1) != (line->kind == FileLine::Kind::header))
      return place + (number == 1 ? "is no beginning of an export" : "is the beginning of another export");
    switch (line->kind) {
      case FileLine::Kind::header: summary.bytes_to_cursor = bytes; break;
      case FileLine::Kind::cursor:
        summary.last_cursor = std::move(line->cursor);
        summary.bytes_to_cursor = bytes;
        break;
      case FileLine::Kind::moved:
        has_all_digests = has_all_digests && line->moved.digest != Digest{};
        summary.tally.see(line->moved.name(), line->moved.digest);
        if (!take(std::move(line->moved), bytes)) return {};
        break;
      case FileLine::Kind::end: {
        const std::string fault = has_all_digests ? check_end(*line, summary) : std::string();
        if (!fault.empty()) return place + fault;
        summary.unreadable = line->unreadable;
        summary.has_end = true;
        break;
      }
    }
  }
}

}  // namespace cartd::cartctl
