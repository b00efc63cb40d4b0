// What the journal keeps of each record, as keys and values. Pure.
//
// A key is one byte, then producer and sequence as 8 bytes each, big-endian: so a kind's keys stand in the order of
// (producer, sequence).
//   'r'  a record: version byte, length of the cart's id (1 byte), the id, the change (format/change.h)
//   'a'  nothing: the record was accepted. Apart from it, so that accepting need not write the record again.
//   'd'  a dead letter: version byte, accepted (0 or 1), time (8 bytes, ms, big-endian), length of the reason (2 bytes,
//        big-endian), the reason, and then as in a record after its version byte
#pragma once

#include "domain/command_id.h"
#include "journal/journal.h"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::journal {

enum class Kind : char { record = 'r', acceptance = 'a', dead_letter = 'd' };

struct Entry {
  std::string key;
  std::string value;

  std::size_t bytes() const { return key.size() + value.size(); }
};

std::string key_of(Kind kind, CommandId command_id);

/// Without `accepted`: that is an entry of its own.
Entry entry_of(const JournalRecord& record);
/// The reason has at most Journal::max_reason_bytes.
Entry entry_of(const DeadLetter& letter);

/// Everything in a journal, by producer and sequence.
struct Contents {
  /// A record and the bytes that it takes.
  std::vector<std::pair<JournalRecord, std::size_t>> records{};
  std::vector<std::pair<DeadLetter, std::size_t>> dead_letters{};
};

/// Takes a journal's entries in the order of their keys. Every byte is looked at as hostile.
class ContentsReader {
 public:
  /// On an entry that this version did not write: a clause for the operator that says what is wrong with it.
  boost::system::result<void, std::string> add(std::string_view key, std::string_view value);
  /// After the last entry. Fails when an acceptance has no record: a command that was promised is missing.
  boost::system::result<Contents, std::string> take();

 private:
  Contents contents_{};
  std::vector<CommandId> accepted_{};
};

}  // namespace cartd::journal
