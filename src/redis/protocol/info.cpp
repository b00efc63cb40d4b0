#include "redis/protocol/info.h"

#include "util/decimal.h"
#include "util/hex.h"

#include <algorithm>
#include <optional>

namespace cartd::redis {
namespace {

// A list longer than this is none that a server makes.
constexpr std::size_t most_replicas = 1024;

// 40 hexadecimal digits, or nothing.
std::string hexadecimal_id(std::string_view text) {
  constexpr std::size_t length = 40;
  const bool hexadecimal = util::is_lower_hex(text);
  return text.size() == length && hexadecimal ? std::string(text) : std::string();
}

// 0 where there is none.
std::uint64_t number_of(std::string_view digits) { return util::parse_number<std::uint64_t>(digits).value_or(0); }

// The first line of `text`, without its end; it is taken away.
std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// The value of `name`=… in a list separated by commas.
std::string_view property(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
      return entry.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

std::string_view info_value(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    const std::string_view line = take_line(info);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':')
      return line.substr(name.size() + 1);
  }
  return {};
}

std::string mode_of(std::string_view info) {
  std::string_view mode = info_value(info, "redis_mode");
  if (mode.empty()) mode = info_value(info, "server_mode");
  return mode == "standalone" || mode == "cluster" || mode == "sentinel" ? std::string(mode) : std::string();
}

std::string run_id_of(std::string_view info) { return hexadecimal_id(info_value(info, "run_id")); }

Replication read_replication(std::string_view info) {
  Replication replication;
  const std::string_view role = info_value(info, "role");
  replication.role = role == "master" ? Role::primary : role == "slave" ? Role::replica : Role::unknown;
  replication.id = hexadecimal_id(info_value(info, "master_replid"));
  replication.offset = number_of(info_value(info, "master_repl_offset"));
  replication.announced = number_of(info_value(info, "connected_slaves"));
  // The lines "slave0:…", "slave1:…", … as far as they are there; looked for once in all of the text.
  std::vector<std::optional<std::uint64_t>> offsets(std::min(replication.announced, most_replicas));
  for (std::string_view rest = info; !rest.empty() && !offsets.empty();) {
    std::string_view line = take_line(rest);
    constexpr std::string_view prefix = "slave";
    if (!line.starts_with(prefix)) continue;
    line.remove_prefix(prefix.size());
    const std::size_t colon = std::min(line.find(':'), line.size());
    const auto index = util::parse_number<std::size_t>(line.substr(0, colon));
    if (!index || colon + 1 >= line.size() || *index >= offsets.size() || offsets[*index]) continue;
    offsets[*index] = number_of(property(line.substr(colon + 1), "offset"));
  }
  for (const auto& offset : offsets) {
    if (!offset) break;
    replication.acknowledged.push_back(*offset);
  }
  return replication;
}

std::uint64_t epoch_hash(std::string_view run_id, std::string_view replication_id, std::uint64_t salt) {
  if (run_id.empty() || replication_id.empty()) return 0;
  // FNV-1a, 64 bits: the values are 80 random digits already.
  std::uint64_t hash = 14695981039346656037U ^ salt;
  const auto mix = [&hash](std::string_view text) {
    for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  };
  mix(run_id);
  mix(replication_id);
  return hash == 0 ? 1 : hash;
}

}  // namespace cartd::redis
