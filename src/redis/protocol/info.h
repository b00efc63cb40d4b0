// Reads a server's INFO: lines "name:value" (INFO, Redis documentation). Pure; whatever the text is, it gives
// values in bounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

enum class Role { unknown, primary, replica };

/// The value of the line `name`:…; empty when there is none.
std::string_view info_value(std::string_view info, std::string_view name);

/// Of INFO server: 40 hexadecimal digits that stand for the server's process; empty when it does not tell.
std::string run_id_of(std::string_view info);

/// Of INFO server: "standalone", "cluster" or "sentinel"; empty when it tells none of these. redis_mode, or Valkey's
/// name for it.
std::string mode_of(std::string_view info);

/// Of INFO replication.
struct Replication {
  Role role = Role::unknown;
  std::string id{};                           ///< master_replid, 40 hexadecimal digits; empty when it does not tell.
  std::uint64_t offset = 0;                   ///< master_repl_offset
  std::size_t announced = 0;                  ///< connected_slaves: how many replicas there should be in the list.
  std::vector<std::uint64_t> acknowledged{};  ///< The offset of each replica in the list, in sync or not.
  friend bool operator==(const Replication&, const Replication&) = default;
};
Replication read_replication(std::string_view info);

/// A number that stands for a server's process (`run_id`) and its data's life (`replication_id`), seen by the owner of
/// `salt`. Never 0, except when one of the two is not known.
std::uint64_t epoch_hash(std::string_view run_id, std::string_view replication_id, std::uint64_t salt);

}  // namespace cartd::redis
