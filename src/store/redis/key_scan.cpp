#include "store/redis/key_scan.h"

#include "store/redis/cart_layout.h"
#include "store/redis/store_error.h"
#include "util/decimal.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cartd {
namespace {

using redis::ReplyView;

constexpr std::size_t parts = 5;

bool is_plain(std::string_view text) {
  return text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

/// What stands behind `name` in an answer of INFO; empty: nothing.
std::string info_value(std::string_view info, std::string_view name) {
  const std::size_t begin = info.find(name);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = info.substr(begin + name.size());
  std::string value(rest.substr(0, rest.find_first_of("\r\n")));
  return is_plain(value) ? value : std::string();
}

/// Behind the keys of this primary.
KeyCursor next_primary(KeyCursor cursor, const std::vector<std::uint16_t>& slots) {
  const auto next = std::upper_bound(slots.begin(), slots.end(), cursor.slot);
  cursor.position = "0";
  cursor.server.clear();
  if (next == slots.end()) {
    ++cursor.pattern;
    cursor.slot = slots.front();
  } else {
    cursor.slot = *next;
  }
  return cursor;
}

Error unavailable() { return {Errc::unavailable, "the store does not answer"}; }

}  // namespace

std::string cursor_text(const KeyCursor& cursor) {
  return std::to_string(cursor.pattern) + '.' + std::to_string(cursor.slot) + '.' + cursor.position + '.' +
         cursor.server + '.' + cursor.epoch;
}

Result<KeyCursor> key_cursor_from(std::string_view text) {
  const Error none{Errc::invalid, "the cursor is none of this store"};
  std::array<std::string_view, parts> part{};
  for (std::size_t i = 0; i < parts; ++i) {
    const std::size_t end = text.find('.');
    if ((end == std::string_view::npos) != (i + 1 == parts)) return none;
    part[i] = text.substr(0, end);
    if (!is_plain(part[i])) return none;
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  const auto pattern = util::parse_number<std::size_t>(part[0]);
  const auto slot = util::parse_number<std::uint16_t>(part[1]);
  const auto position = util::parse_number<std::uint64_t>(part[2]);
  if (!pattern || *pattern > 1 || !slot || *slot >= 16384 || !position) return none;
  return KeyCursor{*pattern, *slot, std::to_string(*position), std::string(part[3]), std::string(part[4])};
}

boost::asio::awaitable<Result<KeyPage>> scan_keys(redis::Client& client, KeyCursor cursor, bool begins,
                                                  std::span<const std::string_view> patterns, std::size_t count,
                                                  std::chrono::steady_clock::time_point deadline) {
  const std::vector<std::uint16_t> slots = client.slot_of_each_primary();
  if (slots.empty()) co_return Error{Errc::unavailable, "not every slot of the store has an owner"};
  if (cursor.pattern >= patterns.size()) co_return Error{Errc::invalid, "the cursor is none of this store"};
  if (begins) cursor.slot = slots.front();
  // One primary has it all without a Cluster, of which there may have been one when the scan began.
  if (!std::binary_search(slots.begin(), slots.end(), cursor.slot)) {
    cursor = KeyCursor{};
    cursor.slot = slots.front();
    begins = true;
  }
  KeyPage page;
  page.any_key = "{" + tag_in_slot(cursor.slot) + "}";
  page.pattern = cursor.pattern;
  redis::Request request{"SCAN", cursor.position, "MATCH", patterns[cursor.pattern], "COUNT", std::to_string(count)};
  request.add({"INFO", "server"});
  // Elsewhere a user may not be allowed to ask.
  const bool in_cluster = client.status().topology == redis::Topology::cluster;
  if (in_cluster) request.add({"CLUSTER", "INFO"});
  request.only_reads();
  const auto answer = co_await client.send(page.any_key, std::move(request), deadline);
  if (!answer) co_return unavailable();
  const ReplyView replies = answer->reply.view();
  if (replies.is_error()) co_return read_error_of(replies);
  if (replies.type() != ReplyView::Type::array || replies.size() != (in_cluster ? 3U : 2U))
    co_return unexpected_reply();
  const ReplyView scanned = replies[0];
  if (scanned.is_error()) co_return read_error_of(scanned);
  if (scanned.size() != 2 || scanned[1].type() != ReplyView::Type::array) co_return unexpected_reply();
  // A server may refuse both.
  const std::string server = replies[1].is_error() ? std::string() : info_value(replies[1].text(), "run_id:");
  const std::string epoch =
      !in_cluster || replies[2].is_error() ? std::string() : info_value(replies[2].text(), "cluster_current_epoch:");
  if (!begins && epoch != cursor.epoch) {
    page.next.slot = slots.front();
    page.next.epoch = epoch;
    co_return page;
  }
  cursor.epoch = epoch;
  if (cursor.position != "0" && server != cursor.server) {
    cursor.position = "0";
    page.next = std::move(cursor);
    co_return page;
  }
  cursor.server = server;
  for (std::size_t i = 0; i < scanned[1].size(); ++i) page.keys.emplace_back(scanned[1][i].text());
  const auto position = util::parse_number<std::uint64_t>(scanned[0].text());
  if (!position) co_return unexpected_reply();
  cursor.position = std::to_string(*position);
  page.next = *position == 0 ? next_primary(std::move(cursor), slots) : std::move(cursor);
  page.is_last = page.next.pattern == patterns.size();
  co_return page;
}

}  // namespace cartd
