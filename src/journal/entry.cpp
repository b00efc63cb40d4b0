#include "journal/entry.h"

#include "format/change.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <tuple>

namespace cartd::journal {
namespace {

constexpr unsigned version = 1;
constexpr std::uint64_t max_producer = (std::uint64_t{1} << 48) - 1;
constexpr std::uint64_t max_sequence = (std::uint64_t{1} << 53) - 1;

void append_number(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFF);
}

void append_cart_and_change(std::string& out, const JournalRecord& record) {
  append_number(out, record.cart.str().size(), 1);
  out += record.cart.str();
  out += format::to_msgpack(record.change);
}

/// Takes what append_number() and its like wrote off the front of a text.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::string_view> text(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::optional<std::uint64_t> number(std::size_t size) {
    const auto taken = text(size);
    if (!taken) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : *taken) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }
  std::optional<std::string_view> counted(std::size_t size_of_size) {
    const auto size = number(size_of_size);
    if (!size) return std::nullopt;
    return text(*size);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct Key {
  Kind kind;
  CommandId command_id;
};

std::optional<Key> read_key(std::string_view text) {
  Bytes bytes(text);
  const auto kind = bytes.number(1);
  const auto producer = bytes.number(8);
  const auto sequence = bytes.number(8);
  if (!kind || !producer || !sequence || !bytes.rest().empty() || *producer > max_producer || *sequence > max_sequence)
    return std::nullopt;
  return Key{static_cast<Kind>(*kind), CommandId{*producer, *sequence}};
}

std::optional<JournalRecord> read_cart_and_change(Bytes bytes, CommandId command_id, bool accepted) {
  const auto id = bytes.counted(1);
  if (!id) return std::nullopt;
  auto cart = CartId::parse(*id);
  auto change = format::change_from_msgpack(bytes.rest());
  if (!cart || !change) return std::nullopt;
  return JournalRecord{command_id, std::move(*cart), std::move(*change), accepted};
}

std::optional<DeadLetter> read_dead_letter(Bytes bytes, CommandId command_id) {
  const auto accepted = bytes.number(1);
  const auto at = bytes.number(8);
  const auto reason = bytes.counted(2);
  if (!accepted || *accepted > 1 || !at || *at > std::uint64_t{INT64_MAX} || !reason ||
      reason->size() > Journal::max_reason_bytes)
    return std::nullopt;
  auto record = read_cart_and_change(bytes, command_id, *accepted == 1);
  if (!record) return std::nullopt;
  return DeadLetter{std::move(*record), std::string(*reason), Time(Millis(static_cast<std::int64_t>(*at)))};
}

std::tuple<ProducerId, std::uint64_t> order(const CommandId& command_id) {
  return {command_id.producer, command_id.sequence};
}

std::string name(const CommandId& command_id) {
  return "producer " + std::to_string(command_id.producer) + ", sequence " + std::to_string(command_id.sequence);
}

}  // namespace

std::string key_of(Kind kind, CommandId command_id) {
  std::string key(1, static_cast<char>(kind));
  append_number(key, command_id.producer, 8);
  append_number(key, command_id.sequence, 8);
  return key;
}

Entry entry_of(const JournalRecord& record) {
  Entry entry{key_of(Kind::record, record.command_id), {}};
  append_number(entry.value, version, 1);
  append_cart_and_change(entry.value, record);
  return entry;
}

Entry entry_of(const DeadLetter& letter) {
  Entry entry{key_of(Kind::dead_letter, letter.record.command_id), {}};
  append_number(entry.value, version, 1);
  append_number(entry.value, letter.record.accepted ? 1 : 0, 1);
  append_number(entry.value,
                static_cast<std::uint64_t>(std::max<std::int64_t>(0, letter.at.time_since_epoch().count())), 8);
  append_number(entry.value, letter.reason.size(), 2);
  entry.value += letter.reason;
  append_cart_and_change(entry.value, letter.record);
  return entry;
}

boost::system::result<void, std::string> ContentsReader::add(std::string_view key, std::string_view value) {
  const auto read = read_key(key);
  if (!read) return std::string("an entry's key is not one that this version writes");
  if (read->kind == Kind::acceptance) {
    if (!value.empty()) return "the acceptance of " + name(read->command_id) + " is not what was once written";
    accepted_.push_back(read->command_id);
    return {};
  }
  if (read->kind != Kind::record && read->kind != Kind::dead_letter)
    return std::string("an entry is of a kind that this version does not know");

  Bytes bytes(value);
  const auto written_by = bytes.number(1);
  if (written_by && *written_by > version) {
    return "the record of " + name(read->command_id) + " was written by a newer version of cartd (format " +
           std::to_string(*written_by) + "; this one reads up to " + std::to_string(version) + ")";
  }
  if (written_by == version) {
    if (read->kind == Kind::record) {
      if (auto record = read_cart_and_change(bytes, read->command_id, false)) {
        contents_.records.emplace_back(std::move(*record), key.size() + value.size());
        return {};
      }
    } else if (auto letter = read_dead_letter(bytes, read->command_id)) {
      contents_.dead_letters.emplace_back(std::move(*letter), key.size() + value.size());
      return {};
    }
  }
  return "the record of " + name(read->command_id) + " is not what was once written";
}

boost::system::result<Contents, std::string> ContentsReader::take() {
  // Both stand in the same order.
  auto next = contents_.records.begin();
  for (const CommandId& command_id : accepted_) {
    next = std::find_if(next, contents_.records.end(),
                        [&](const auto& record) { return order(record.first.command_id) >= order(command_id); });
    if (next == contents_.records.end() || next->first.command_id != command_id)
      return "the accepted record of " + name(command_id) + " is missing";
    next->first.accepted = true;
  }
  return std::move(contents_);
}

}  // namespace cartd::journal
