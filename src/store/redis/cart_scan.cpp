#include "store/redis/cart_scan.h"

#include "store/redis/store_error.h"
#include "util/decimal.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace cartd {
namespace {

using redis::ReplyView;

constexpr std::string_view cart_prefix = "cart:";
constexpr std::string_view meta_prefix = "{cart:";
constexpr std::string_view meta_suffix = "}:meta";

std::optional<CartId> cart_from(std::string_view key) {
  if (key.starts_with(cart_prefix)) {
    key.remove_prefix(cart_prefix.size());
  } else if (key.starts_with(meta_prefix) && key.ends_with(meta_suffix)) {
    key.remove_prefix(meta_prefix.size());
    key.remove_suffix(meta_suffix.size());
  } else {
    return std::nullopt;
  }
  auto id = CartId::parse(key);
  return id ? std::optional(std::move(*id)) : std::nullopt;
}

/// Cursors of SCAN are numbers of 64 bits.
bool is_redis_cursor(std::string_view text) {
  std::uint64_t number = 0;
  return util::all_digits(text) && std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end == text.data() + text.size() || *end != '-') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

}  // namespace

std::uint64_t servers_of(const std::vector<ScannedServer>& servers) {
  // FNV-1a.
  std::uint64_t hash = 14695981039346656037U;
  const auto mix = [&hash](std::uint64_t byte) { hash = (hash ^ byte) * 1099511628211U; };
  for (const ScannedServer& server : servers) {
    for (const char c : server.key) mix(static_cast<unsigned char>(c));
    for (int shift = 0; shift < 64; shift += 8) mix(server.epoch >> shift & 0xFF);
  }
  return hash;
}

std::string cursor_text(const ScanPosition& position) {
  return std::to_string(position.servers) + '-' + std::to_string(position.server) + '-' + position.redis_cursor;
}

std::optional<ScanPosition> position_from(std::string_view cursor) {
  ScanPosition position;
  if (!take_number(cursor, position.servers) || !take_number(cursor, position.server) || !is_redis_cursor(cursor))
    return std::nullopt;
  position.redis_cursor = cursor;
  return position;
}

redis::Request scan_request(std::string_view redis_cursor, std::size_t limit) {
  redis::Request request;
  request.begin(6).word("SCAN").word(redis_cursor).word("MATCH").word("*cart:*").word("COUNT").word(limit);
  return std::move(request.only_reads());
}

Result<ScannedKeys> scanned_from(ReplyView reply) {
  if (reply.is_error()) return read_error_of(reply);
  if (reply.size() != 2 || !is_redis_cursor(reply[0].text()) || reply[1].type() != ReplyView::Type::array)
    return unexpected_reply();
  ScannedKeys keys{{}, std::string(reply[0].text())};
  for (std::size_t i = 0; i < reply[1].size(); ++i)
    if (auto id = cart_from(reply[1][i].text())) keys.carts.push_back(std::move(*id));
  std::sort(keys.carts.begin(), keys.carts.end(), [](const CartId& a, const CartId& b) { return a.str() < b.str(); });
  keys.carts.erase(std::unique(keys.carts.begin(), keys.carts.end()), keys.carts.end());
  return keys;
}

}  // namespace cartd
