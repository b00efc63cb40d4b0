// cartd's configuration: flags, environment and config file, in that order of precedence, checked and turned into
// settings. Every setting has one name in three forms: --store-deadline, CARTD_STORE_DEADLINE and, in the file,
// store-deadline.
#pragma once

#include "apps/cartd/values.h"
#include "domain/limits.h"
#include "domain/minor_unit.h"
#include "http/options.h"
#include "redis/topology/deployment.h"
#include "runtime/log.h"
#include "store/mongodb/database_url.h"
#include "store/postgres/database_url.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cartd::app {

/// What happens to changes while Redis cannot be reached.
enum class WhileAway {
  refuse,   ///< They are refused.
  memory,   ///< They are acknowledged from memory, and lost if the process ends before Redis is back.
  journal,  ///< They are acknowledged from the journal.
};

struct Settings {
  ListenAddress listen{"127.0.0.1", 8080};
  std::optional<redis::Deployment> redis{};
  std::optional<postgres::DatabaseUrl> database{};  ///< At most one of both databases …
  std::optional<mongodb::DatabaseUrl> mongodb{};    ///< … is set.
  std::size_t database_sessions = 8;
  std::optional<MinorUnit> json_carts{};  ///< The prices of other services' JSON carts in Redis; none: not adopted.
  std::size_t threads = 1;
  std::chrono::milliseconds store_deadline{200};
  std::optional<std::uint64_t> max_memory{};  ///< Bytes of carts in memory; without a value, half of the RAM.
  std::size_t cache_size = std::size_t{64}
                           << 20;  ///< Bytes of carts of Redis, a database or the disk that are remembered.
  std::optional<std::uint64_t> outbox_memory{};  ///< Bytes of changes that are not durable; else a quarter of the RAM.
  std::filesystem::path data_dir{};              ///< Of the journal, or, without a server, of the carts; empty: none.
  std::optional<WhileAway> while_away{};         ///< As it was given; see while_away().
  std::size_t max_journal = std::size_t{1} << 30;    ///< Bytes of changes in the journal.
  std::chrono::milliseconds journal_deadline{2000};  ///< How long the disk may take for a group of changes.
  std::chrono::milliseconds retention{10'000};       ///< How long what has no copy elsewhere counts as unsafe.
  Policy policy{};
  http::Limits http_limits{};
  std::optional<std::uint64_t> max_http_memory{};  ///< Without a value, an eighth of the RAM.
  http::Timeouts http_timeouts{};
  std::chrono::milliseconds drain_delay{0};  ///< How long /readyz says 503 before the service stops.
  LogLevel log_level = LogLevel::info;
  std::optional<LogFormat> log_format{};  ///< Without a value: plain on a terminal, JSON otherwise.
};

/// Where the carts live.
enum class StoreKind {
  memory,    ///< In this process's memory, and end with it.
  embedded,  ///< In a folder of this machine.
  redis,
  postgresql,  ///< In a database alone.
  mongodb,     ///< The same.
};

/// Whether the carts are in a database.
bool has_database(const Settings& settings);

StoreKind store_kind(const Settings& settings);

/// Whether --data-dir is for a journal in front of the store.
bool has_journal(const Settings& settings);

/// With a server.
WhileAway while_away(const Settings& settings);

/// Where a data directory has the carts of the embedded store.
std::filesystem::path carts_in(const std::filesystem::path& data_dir);
/// Where the embedded store keeps the carts.
std::filesystem::path carts_folder(const Settings& settings);

/// What an error about the data directory begins with.
std::string where_of_data(const Settings& settings);

/// The task that the command line asks for.
enum class Task { serve, check, help, version };

struct Invocation {
  Task task;
  Settings settings{};  ///< Only with serve and check.
  std::string text{};   ///< The text that help prints.
  /// Warnings for the user, a line each. No secret, no server.
  std::vector<std::string> warnings{};
};

/// The value of an environment variable, if it is set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The invocation, or one line for the user that says which setting is wrong, where it stands and what is allowed.
/// Neither holds a secret. Reads the config file, when one is named, and nothing else. `variables` are the names of all
/// variables that are set: those that look like cartd's and are not become warnings.
Parsed<Invocation> parse_invocation(const std::vector<std::string>& arguments, const Environment& environment,
                                    const std::vector<std::string>& variables = {});

}  // namespace cartd::app
