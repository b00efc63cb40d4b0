#include "journal/letter_reader.h"

#include "journal/entry.h"
#include "runtime/log.h"

#include <string>
#include <utility>
#include <vector>

namespace cartd::journal {
namespace {

boost::system::result<DeadLetter, std::string> read_letter(SegmentedLog& log, const StoredLetter& stored) {
  std::string framed = stored.framed;
  if (framed.empty()) {
    auto read = log.read(stored.position);
    if (!read) return read.error().why;
    framed = std::move(*read);
  }
  const auto frame = read_frame(framed, stored.position.offset);
  if (!frame) return frame.error();
  return read_dead_letter(*frame);
}

}  // namespace

void read_letters(const Ledger& ledger, SegmentedLog& log, Reading& reading) {
  std::vector<StoredLetter> stored;
  if (reading.only) {
    if (auto letter = ledger.dead_letter(*reading.only)) stored.push_back(std::move(*letter));
  } else {
    stored = ledger.dead_letters(reading.after, reading.limit);
  }
  for (const StoredLetter& one : stored) {
    auto letter = read_letter(log, one);
    if (!letter) {
      cartd::log(LogLevel::error, "a dead letter cannot be read", {{"why", letter.error()}});
      reading.failure = Error{Errc::journal_failed, "a dead letter cannot be read from the journal"};
      return;
    }
    reading.letters.push_back(std::move(*letter));
  }
}

}  // namespace cartd::journal
