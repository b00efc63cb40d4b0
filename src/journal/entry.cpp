#include "journal/entry.h"

#include "format/change.h"
#include "journal/bytes.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace cartd::journal {
namespace {

constexpr unsigned version = 5;
constexpr std::uint64_t max_producer = (std::uint64_t{1} << 48) - 1;
constexpr std::uint64_t max_sequence = (std::uint64_t{1} << 53) - 1;
constexpr std::size_t command_id_bytes = 16;

void append_command_id(std::string& out, CommandId command_id) {
  append_number(out, command_id.producer, 8);
  append_number(out, command_id.sequence, 8);
}

void append_cart_and_change(std::string& out, const JournalRecord& record) {
  append_number(out, record.cart.str().size(), 1);
  out += record.cart.str();
  out += format::to_msgpack(record.change);
}

std::optional<CommandId> read_command_id(ByteReader& bytes) {
  const auto producer = bytes.number(8);
  const auto sequence = bytes.number(8);
  if (!producer || !sequence || *producer > max_producer || *sequence > max_sequence) return std::nullopt;
  return CommandId{*producer, *sequence};
}

std::string name(const CommandId& command_id) {
  return "producer " + std::to_string(command_id.producer) + ", sequence " + std::to_string(command_id.sequence);
}

std::string not_as_written(const CommandId& command_id) {
  return "the record of " + name(command_id) + " is not what was written";
}

/// Empty, or why a payload of this version cannot be read.
std::string version_fault(std::uint64_t written_by, const CommandId& command_id) {
  if (written_by == 0) return not_as_written(command_id);
  if (written_by <= version) return {};
  return "the record of " + name(command_id) + " was written by a newer version of cartd (format " +
         std::to_string(written_by) + "; this one reads up to " + std::to_string(version) + ")";
}

std::optional<JournalRecord> read_cart_and_change(ByteReader bytes, const Head& head) {
  const auto id = bytes.counted(1);
  if (!id) return std::nullopt;
  auto cart = CartId::parse(*id);
  auto change = format::change_from_msgpack(bytes.rest());
  if (!cart || !change) return std::nullopt;
  return JournalRecord{head.command_id, std::move(*cart), std::move(*change), head.accepted};
}

bool has_acceptance(Kind kind) { return kind == Kind::record || kind == Kind::dead_letter; }

}  // namespace

std::string encode(const JournalRecord& record) {
  std::string payload;
  append_command_id(payload, record.command_id);
  append_number(payload, record.accepted ? 1 : 0, 1);
  append_number(payload, version, 1);
  append_cart_and_change(payload, record);
  return frame(Kind::record, payload);
}

std::string encode(const DeadLetter& letter) {
  std::string payload;
  append_command_id(payload, letter.record.command_id);
  append_number(payload, letter.record.accepted ? 1 : 0, 1);
  append_number(payload, version, 1);
  append_number(payload, static_cast<std::uint64_t>(std::max<std::int64_t>(0, letter.at.time_since_epoch().count())),
                8);
  append_number(payload, letter.reason.size(), 2);
  payload += letter.reason;
  append_cart_and_change(payload, letter.record);
  return frame(Kind::dead_letter, payload);
}

std::string encode(Kind kind, CommandId command_id) {
  std::string payload;
  append_command_id(payload, command_id);
  return frame(kind, payload);
}

std::string encode_release(const std::vector<CommandId>& command_ids) {
  std::string payload;
  payload.reserve(command_id_bytes * command_ids.size());
  for (const CommandId command_id : command_ids) append_command_id(payload, command_id);
  return frame(Kind::release, payload);
}

std::string encode(const std::vector<KnownProducer>& producers) {
  std::string payload;
  append_number(payload, version, 1);
  for (const KnownProducer& known : producers) {
    append_number(payload, known.producer, 8);
    append_number(payload, static_cast<std::uint64_t>(known.dead_since), 8);
  }
  return frame(Kind::producers, payload);
}

std::string accepted(const Frame& record) {
  std::string payload(record.payload);
  payload[command_id_bytes] = 1;
  return frame(record.kind, payload);
}

boost::system::result<Head, std::string> read_head(const Frame& frame) {
  ByteReader bytes(frame.payload);
  const auto command_id = read_command_id(bytes);
  if (!command_id) return std::string("a record's command id is not one that this version writes");
  if (!has_acceptance(frame.kind)) {
    if (!bytes.rest().empty()) return not_as_written(*command_id);
    return Head{*command_id, false};
  }
  const auto accepted = bytes.number(1);
  if (!accepted || *accepted > 1) return not_as_written(*command_id);
  const auto written_by = bytes.number(1);
  if (!written_by) return not_as_written(*command_id);
  if (std::string fault = version_fault(*written_by, *command_id); !fault.empty()) return fault;
  return Head{*command_id, *accepted == 1};
}

boost::system::result<JournalRecord, std::string> read_record(const Frame& frame) {
  const auto head = read_head(frame);
  if (!head) return head.error();
  auto record = read_cart_and_change(ByteReader(frame.payload.substr(command_id_bytes + 2)), *head);
  if (!record) return not_as_written(head->command_id);
  return std::move(*record);
}

boost::system::result<DeadLetter, std::string> read_dead_letter(const Frame& frame) {
  const auto head = read_head(frame);
  if (!head) return head.error();
  ByteReader bytes(frame.payload.substr(command_id_bytes + 2));
  const auto at = bytes.number(8);
  const auto reason = bytes.counted(2);
  if (!at || *at > std::uint64_t{INT64_MAX} || !reason || reason->size() > Journal::max_reason_bytes)
    return not_as_written(head->command_id);
  auto record = read_cart_and_change(bytes, *head);
  if (!record) return not_as_written(head->command_id);
  return DeadLetter{std::move(*record), std::string(*reason), Time(Millis(static_cast<std::int64_t>(*at)))};
}

boost::system::result<std::vector<CommandId>, std::string> read_release(const Frame& frame) {
  ByteReader bytes(frame.payload);
  std::vector<CommandId> command_ids;
  command_ids.reserve(frame.payload.size() / command_id_bytes);
  while (!bytes.rest().empty()) {
    const auto command_id = read_command_id(bytes);
    if (!command_id) return std::string("a release is not what was written");
    command_ids.push_back(*command_id);
  }
  return command_ids;
}

boost::system::result<std::vector<KnownProducer>, std::string> read_producers(const Frame& frame) {
  const std::string fault = "the list of producers is not what was written";
  ByteReader bytes(frame.payload);
  const auto written_by = bytes.number(1);
  if (!written_by) return fault;
  if (*written_by > version) return std::string("the list of producers was written by a newer version of cartd");
  std::vector<KnownProducer> producers;
  while (!bytes.rest().empty()) {
    const auto producer = bytes.number(8);
    const auto since = bytes.number(8);
    if (!producer || !since || *producer > max_producer || *since > std::uint64_t{INT64_MAX}) return fault;
    producers.push_back({*producer, static_cast<std::int64_t>(*since)});
  }
  return producers;
}

}  // namespace cartd::journal
