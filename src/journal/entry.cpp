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
constexpr std::uint64_t max_lane = (std::uint64_t{1} << 48) - 1;
constexpr std::uint64_t max_seq = (std::uint64_t{1} << 53) - 1;

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
  Stamp stamp;
};

std::optional<Key> read_key(std::string_view text) {
  Bytes bytes(text);
  const auto kind = bytes.number(1);
  const auto lane = bytes.number(8);
  const auto seq = bytes.number(8);
  if (!kind || !lane || !seq || !bytes.rest().empty() || *lane > max_lane || *seq > max_seq) return std::nullopt;
  return Key{static_cast<Kind>(*kind), Stamp{*lane, *seq}};
}

std::optional<JournalRecord> read_cart_and_change(Bytes bytes, Stamp stamp, bool accepted) {
  const auto id = bytes.counted(1);
  if (!id) return std::nullopt;
  auto cart = CartId::parse(*id);
  auto change = format::change_from_msgpack(bytes.rest());
  if (!cart || !change) return std::nullopt;
  return JournalRecord{stamp, std::move(*cart), std::move(*change), accepted};
}

std::optional<DeadLetter> read_dead_letter(Bytes bytes, Stamp stamp) {
  const auto accepted = bytes.number(1);
  const auto at = bytes.number(8);
  const auto reason = bytes.counted(2);
  if (!accepted || *accepted > 1 || !at || *at > std::uint64_t{INT64_MAX} || !reason ||
      reason->size() > Journal::max_reason_bytes)
    return std::nullopt;
  auto record = read_cart_and_change(bytes, stamp, *accepted == 1);
  if (!record) return std::nullopt;
  return DeadLetter{std::move(*record), std::string(*reason), Time(Millis(static_cast<std::int64_t>(*at)))};
}

std::tuple<Lane, std::uint64_t> order(const Stamp& stamp) { return {stamp.lane, stamp.seq}; }

std::string name(const Stamp& stamp) {
  return "lane " + std::to_string(stamp.lane) + ", seq " + std::to_string(stamp.seq);
}

}  // namespace

std::string key_of(Kind kind, Stamp stamp) {
  std::string key(1, static_cast<char>(kind));
  append_number(key, stamp.lane, 8);
  append_number(key, stamp.seq, 8);
  return key;
}

Entry entry_of(const JournalRecord& record) {
  Entry entry{key_of(Kind::record, record.stamp), {}};
  append_number(entry.value, version, 1);
  append_cart_and_change(entry.value, record);
  return entry;
}

Entry entry_of(const DeadLetter& letter) {
  Entry entry{key_of(Kind::dead_letter, letter.record.stamp), {}};
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
    if (!value.empty()) return "the acceptance of " + name(read->stamp) + " is not what was once written";
    accepted_.push_back(read->stamp);
    return {};
  }
  if (read->kind != Kind::record && read->kind != Kind::dead_letter)
    return std::string("an entry is of a kind that this version does not know");

  Bytes bytes(value);
  const auto written_by = bytes.number(1);
  if (written_by && *written_by > version) {
    return "the record of " + name(read->stamp) + " was written by a newer version of cartd (format " +
           std::to_string(*written_by) + "; this one reads up to " + std::to_string(version) + ")";
  }
  if (written_by == version) {
    if (read->kind == Kind::record) {
      if (auto record = read_cart_and_change(bytes, read->stamp, false)) {
        contents_.records.emplace_back(std::move(*record), key.size() + value.size());
        return {};
      }
    } else if (auto letter = read_dead_letter(bytes, read->stamp)) {
      contents_.dead_letters.emplace_back(std::move(*letter), key.size() + value.size());
      return {};
    }
  }
  return "the record of " + name(read->stamp) + " is not what was once written";
}

boost::system::result<Contents, std::string> ContentsReader::take() {
  // Both stand in the same order.
  auto next = contents_.records.begin();
  for (const Stamp& stamp : accepted_) {
    next = std::find_if(next, contents_.records.end(),
                        [&](const auto& record) { return order(record.first.stamp) >= order(stamp); });
    if (next == contents_.records.end() || next->first.stamp != stamp)
      return "the accepted record of " + name(stamp) + " is missing";
    next->first.accepted = true;
  }
  return std::move(contents_);
}

}  // namespace cartd::journal
