#include "redis/info.h"

#include <algorithm>
#include <charconv>

namespace cartd::redis {
namespace {

// A list longer than this is none that a server makes.
constexpr std::size_t most_replicas = 1024;

// 40 hexadecimal digits, or nothing.
std::string hexadecimal_id(std::string_view text) {
  constexpr std::size_t length = 40;
  const bool hexadecimal = std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return text.size() == length && hexadecimal ? std::string(text) : std::string();
}

std::uint64_t number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() ? value : 0;
}

// The value of `name`=… in a list separated by commas.
std::string_view property(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    const std::string_view entry = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), entry.size() + 1));
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') return entry.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

std::string_view info_value(std::string_view info, std::string_view name) {
  while (!info.empty()) {
    std::string_view line = info.substr(0, info.find('\n'));
    info.remove_prefix(std::min(info.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') return line.substr(name.size() + 1);
  }
  return {};
}

std::string run_id_of(std::string_view info) { return hexadecimal_id(info_value(info, "run_id")); }

Replication read_replication(std::string_view info) {
  Replication replication;
  const std::string_view role = info_value(info, "role");
  replication.role = role == "master" ? Role::primary : role == "slave" ? Role::replica : Role::unknown;
  replication.id = hexadecimal_id(info_value(info, "master_replid"));
  replication.offset = number(info_value(info, "master_repl_offset"));
  replication.announced = number(info_value(info, "connected_slaves"));
  for (std::size_t i = 0; i < std::min(replication.announced, most_replicas); ++i) {
    const std::string_view line = info_value(info, "slave" + std::to_string(i));
    if (line.empty()) break;
    replication.acknowledged.push_back(number(property(line, "offset")));
  }
  return replication;
}

std::uint64_t history_hash(std::string_view run_id, std::string_view replication_id, std::uint64_t salt) {
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
