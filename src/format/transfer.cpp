#include "format/transfer.h"

#include "format/binary.h"
#include "format/cart_values.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace cartd::format {
namespace {

constexpr std::uint8_t transfer_layout = 1;
constexpr std::uint8_t layout_with_earlier = 2;
constexpr std::size_t id_size = 16;
constexpr std::size_t transfer_key_size = 16;
constexpr std::size_t transfer_fingerprint_size = 11;
constexpr std::uint8_t last_policy = 4;

bool read_key(BinaryReader& in, std::optional<Idempotency>& key) {
  const auto has_key = in.byte();
  if (!has_key || *has_key > 1) return false;
  if (*has_key == 0) return true;
  auto digest = digest_in(in, transfer_key_size);
  auto fingerprint = digest ? digest_in(in, transfer_fingerprint_size) : std::nullopt;
  if (!fingerprint) return false;
  key = Idempotency{std::move(*digest), std::move(*fingerprint)};
  return true;
}

bool read_earlier(BinaryReader& in, std::size_t most, std::shared_ptr<const Transfer>& earlier);

/// `most`: so many in all.
std::optional<Transfer> transfer_in(BinaryReader& in, std::size_t most) {
  const auto layout = in.byte();
  if (most == 0 || (layout != transfer_layout && layout != layout_with_earlier)) return std::nullopt;
  auto id = digest_in(in, id_size);
  const auto target_text = id ? in.counted() : std::nullopt;
  if (!target_text) return std::nullopt;
  auto target = CartId::parse(*target_text);
  const auto policy = target ? in.byte() : std::nullopt;
  if (!policy || *policy > last_policy) return std::nullopt;
  const auto begun_at = time_in(in);
  const auto forget_at = begun_at ? time_in(in) : std::nullopt;
  if (!forget_at) return std::nullopt;
  Transfer transfer{std::move(*id), std::move(*target), static_cast<MergePolicy>(*policy)};
  transfer.begun_at = *begun_at;
  transfer.forget_at = *forget_at;
  if (!read_lines(in, transfer.lines) || !read_key(in, transfer.key)) return std::nullopt;
  if (layout == layout_with_earlier && !read_earlier(in, most - 1, transfer.earlier)) return std::nullopt;
  return in.at_end() ? std::optional(std::move(transfer)) : std::nullopt;
}

bool read_earlier(BinaryReader& in, std::size_t most, std::shared_ptr<const Transfer>& earlier) {
  const auto bytes = in.counted();
  if (!bytes) return false;
  BinaryReader its(*bytes);
  auto read = transfer_in(its, most);
  if (read) earlier = std::make_shared<const Transfer>(std::move(*read));
  return earlier != nullptr;
}

}  // namespace

std::string transfer_to_bytes(const Transfer& transfer) {
  std::string out;
  out.reserve(64 + size_of(transfer.lines));
  out += static_cast<char>(transfer.earlier ? layout_with_earlier : transfer_layout);
  out += transfer.id;
  append_counted(out, transfer.target.str());
  out += static_cast<char>(transfer.policy);
  append_time(out, transfer.begun_at);
  append_time(out, transfer.forget_at);
  append_lines(out, transfer.lines);
  out += transfer.key ? '\1' : '\0';
  if (transfer.key) out.append(transfer.key->key).append(transfer.key->fingerprint);
  if (transfer.earlier) append_counted(out, transfer_to_bytes(*transfer.earlier));
  return out;
}

Result<std::shared_ptr<const Transfer>> transfer_from_bytes(std::string_view bytes) {
  BinaryReader in(bytes);
  if (auto transfer = transfer_in(in, max_transfers_under_way))
    return std::make_shared<const Transfer>(std::move(*transfer));
  return Error{Errc::corrupt, "the stored transfer cannot be decoded"};
}

}  // namespace cartd::format
