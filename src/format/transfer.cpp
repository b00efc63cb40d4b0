#include "format/transfer.h"

#include "format/binary.h"
#include "format/cart_values.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace cartd::format {
namespace {

constexpr std::uint8_t transfer_layout = 1;
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

std::optional<Transfer> transfer_in(BinaryReader& in) {
  if (in.byte() != transfer_layout) return std::nullopt;
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
  if (!read_lines(in, transfer.lines) || !read_key(in, transfer.key) || !in.at_end()) return std::nullopt;
  return transfer;
}

}  // namespace

std::string transfer_to_bytes(const Transfer& transfer) {
  std::string out;
  out.reserve(64 + size_of(transfer.lines));
  out += static_cast<char>(transfer_layout);
  out += transfer.id;
  append_counted(out, transfer.target.str());
  out += static_cast<char>(transfer.policy);
  append_time(out, transfer.begun_at);
  append_time(out, transfer.forget_at);
  append_lines(out, transfer.lines);
  out += transfer.key ? '\1' : '\0';
  if (transfer.key) out.append(transfer.key->key).append(transfer.key->fingerprint);
  return out;
}

Result<std::shared_ptr<const Transfer>> transfer_from_bytes(std::string_view bytes) {
  BinaryReader in(bytes);
  if (auto transfer = transfer_in(in)) return std::make_shared<const Transfer>(std::move(*transfer));
  return Error{Errc::corrupt, "the stored transfer cannot be decoded"};
}

}  // namespace cartd::format
