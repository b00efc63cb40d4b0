// What the journal's records say: the payloads of segment.h's frames. Pure.
//
//   record        command id, accepted (0 or 1), version, length of the cart's id (1 byte), the id, the change
//                 (format/change.h)
//   acceptance    command id
//   release       command ids
//   dead letter   command id, accepted, version, time (8 bytes, ms), length of the reason (2 bytes), the reason, and
//                 then as in a record after its version
//   drop          command id
//   producers     a version byte, and for each: producer (8 bytes), since when it is dead (8 bytes, ms; 0: it is not)
// A command id is producer and sequence, 8 bytes each; a version byte belongs to all that follows it.
#pragma once

#include "domain/command_id.h"
#include "journal/journal.h"
#include "journal/segment.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::journal {

/// A producer that has used the journal.
struct KnownProducer {
  ProducerId producer;
  std::int64_t dead_since;  ///< Milliseconds since the Unix epoch; 0 while its process lives.

  friend bool operator==(const KnownProducer&, const KnownProducer&) = default;
};

/// Frames.
std::string encode(const JournalRecord& record);
/// The reason has at most Journal::max_reason_bytes.
std::string encode(const DeadLetter& letter);
std::string encode(Kind kind, CommandId command_id);
std::string encode_release(const std::vector<CommandId>& command_ids);
std::string encode(const std::vector<KnownProducer>& producers);
/// A frame with the same record, accepted.
std::string accepted(const Frame& record);

/// What begins every payload but those of releases and producers. Whether a record was accepted when it was written.
struct Head {
  CommandId command_id;
  bool accepted;
};
/// Fails, as all of these, with a clause for the operator: the payload is not one that this version writes.
boost::system::result<Head, std::string> read_head(const Frame& frame);
boost::system::result<JournalRecord, std::string> read_record(const Frame& frame);
boost::system::result<DeadLetter, std::string> read_dead_letter(const Frame& frame);
boost::system::result<std::vector<CommandId>, std::string> read_release(const Frame& frame);
boost::system::result<std::vector<KnownProducer>, std::string> read_producers(const Frame& frame);

}  // namespace cartd::journal
