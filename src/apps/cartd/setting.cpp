#include "apps/cartd/setting.h"

#include "domain/ids.h"

#include <algorithm>
#include <utility>

namespace cartd::app {
namespace {

using std::chrono::milliseconds;
using Values = std::vector<std::string>;
using Fault = std::optional<std::string>;

constexpr std::uint64_t KiB = 1ULL << 10;
constexpr std::uint64_t MiB = 1ULL << 20;
constexpr milliseconds least_ttl = std::chrono::seconds(1);
constexpr milliseconds most_ttl = std::chrono::days(3650);

std::string environment_name(const std::string& name) {
  std::string out = "CARTD_";
  for (const char c : name) out += c == '-' ? '_' : static_cast<char>(c - ((c >= 'a' && c <= 'z') ? 'a' - 'A' : 0));
  return out;
}

// Adds settings to one group of the table.
class Group {
 public:
  Group(std::vector<Setting>& table, std::string heading) : table_(table), heading_(std::move(heading)) {}

  void duration(const char* name, const char* help, milliseconds& target, milliseconds least, milliseconds most) {
    duration(name, help, target, to_text(target), least, most);
  }
  template <class Target>
  void duration(const char* name, const char* help, Target& target, std::string standard, milliseconds least,
                milliseconds most) {
    one(name, "DURATION", std::string(help) + ", " + to_text(least) + " to " + to_text(most), std::move(standard),
        [&target, least, most](const std::string& value) -> Fault {
          const auto parsed = parse_duration(value, least, most);
          if (!parsed) return parsed.error();
          target = *parsed;
          return std::nullopt;
        });
  }

  template <class Target>
  void size(const char* name, const char* help, Target& target, std::string standard, std::uint64_t least,
            std::uint64_t most) {
    one(name, "SIZE", std::string(help) + ", " + size_text(least) + " to " + size_text(most), std::move(standard),
        [&target, least, most](const std::string& value) -> Fault {
          const auto parsed = parse_size(value, least, most);
          if (!parsed) return parsed.error();
          target = *parsed;
          return std::nullopt;
        });
  }
  void size(const char* name, const char* help, std::size_t& target, std::uint64_t least, std::uint64_t most) {
    size(name, help, target, size_text(target), least, most);
  }

  void count(const char* name, const char* help, std::size_t& target, std::string standard, std::uint64_t least,
             std::uint64_t most) {
    one(name, "N", std::string(help) + ", " + std::to_string(least) + " to " + std::to_string(most),
        std::move(standard), [&target, least, most](const std::string& value) -> Fault {
          const auto parsed = parse_count(value, least, most);
          if (!parsed) return parsed.error();
          target = *parsed;
          return std::nullopt;
        });
  }
  void count(const char* name, const char* help, std::size_t& target, std::uint64_t least, std::uint64_t most) {
    count(name, help, target, std::to_string(target), least, most);
  }

  template <class Target, class Value>
  void choice(const char* name, const char* help, Target& target, std::string standard,
              std::vector<std::pair<std::string, Value>> choices) {
    std::string allowed;
    for (const auto& [text, value] : choices) allowed += (allowed.empty() ? "" : ", ") + text;
    one(name, "NAME", std::string(help) + ": " + allowed, std::move(standard),
        [&target, choices = std::move(choices), allowed](const std::string& given) -> Fault {
          for (const auto& [text, value] : choices)
            if (text == given) {
              target = value;
              return std::nullopt;
            }
          return shown(given) + " is not one of " + allowed;
        });
  }

  void one(const char* name, std::string shape, std::string help, std::string standard,
           std::function<Fault(const std::string&)> take) {
    table_.push_back({name, environment_name(name), heading_, std::move(shape), std::move(help), std::move(standard),
                      false, [take = std::move(take)](const Values& values) { return take(values.back()); }});
  }

  void many(const char* name, std::string shape, std::string help, std::string standard,
            std::function<Fault(const Values&)> take) {
    table_.push_back({name, environment_name(name), heading_, std::move(shape), std::move(help), std::move(standard),
                      true, std::move(take)});
  }

 private:
  std::vector<Setting>& table_;
  std::string heading_;
};

Fault take_listen(ListenAddress& target, const std::string& value) {
  auto parsed = parse_listen(value);
  if (!parsed) return parsed.error();
  target = std::move(*parsed);
  return std::nullopt;
}

Fault take_redis(std::optional<redis::Deployment>& target, const std::string& value) {
  auto parsed = redis::parse_deployment(value);
  if (!parsed) return parsed.error();
  target = std::move(*parsed);
  return std::nullopt;
}

Fault take_currency(std::optional<MinorUnit>& target, const std::string& value) {
  const auto parsed = minor_unit_of(value);
  if (!parsed) return shown(value) + ": " + parsed.error().detail;
  target = *parsed;
  return std::nullopt;
}

Fault take_database(Settings& settings, const std::string& value) {
  if (mongodb::is_mongodb_url(value)) {
    auto url = mongodb::parse_mongodb_url(value);
    if (!url) return url.error();
    settings.mongodb = std::move(*url);
    return std::nullopt;
  }
  auto parsed = postgres::parse_database_url(value);
  if (!parsed) return parsed.error();
  settings.database = std::move(*parsed);
  return std::nullopt;
}

Fault take_prefixes(TtlPolicy& target, const Values& values) {
  target.by_prefix.clear();
  for (const std::string& value : values) {
    const std::size_t sign = value.rfind('=');
    if (sign == std::string::npos) return shown(value) + " is not PREFIX=DURATION, for example guest-=1d";
    const std::string prefix = value.substr(0, sign);
    // "." and ".." are no ids, but ids may begin so.
    const bool begins_an_id = !prefix.empty() && (CartId::parse(prefix) || CartId::parse(prefix + "-"));
    if (!begins_an_id)
      return shown(value) + ": the prefix is not the beginning of a cart id ([A-Za-z0-9._:@~=+/|,$!-], 1 to 128 bytes)";
    const auto ttl = parse_duration(std::string_view(value).substr(sign + 1), least_ttl, most_ttl);
    if (!ttl) return ttl.error();
    const auto same = [&](const auto& rule) { return rule.first == prefix; };
    if (std::any_of(target.by_prefix.begin(), target.by_prefix.end(), same))
      return "the prefix " + shown(prefix) + " is given twice";
    target.by_prefix.emplace_back(prefix, *ttl);
  }
  return std::nullopt;
}

}  // namespace

std::vector<Setting> setting_table(Settings& settings, redis::TlsOptions& tls) {
  using std::chrono::days, std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
  Limits& limits = settings.policy.limits;
  http::Limits& http = settings.http_limits;
  http::Timeouts& timeouts = settings.http_timeouts;
  std::vector<Setting> table;

  Group service(table, "Service");
  service.one("listen", "HOST:PORT", "Address for HTTP; IPv6 in brackets, port 0 for any free port", "127.0.0.1:8080",
              [&settings](const std::string& value) { return take_listen(settings.listen, value); });
  service.count("threads", "Event loops", settings.threads, "one per core", 1, 1024);
  service.duration("drain-delay", "How long /readyz announces a shutdown before it begins, so that balancers notice",
                   settings.drain_delay, milliseconds(0), minutes(10));
  service.duration("drain-timeout", "How long a shutdown waits for running requests", timeouts.drain, milliseconds(0),
                   minutes(10));

  Group store(table, "Store");
  store.one(
      "redis-url", "URL",
      "redis://, rediss://, unix://, redis+sentinel://H1:P1,H2:P2/MASTER or redis+cluster://H1:P1,H2:P2; prefer "
      "the variable, because flags show in the process list",
      "none: carts live in --database-url, or in --data-dir, or, without these, in memory, and end with the process",
      [&settings](const std::string& value) { return take_redis(settings.redis, value); });
  table.back().environment = "REDIS_URL";
  const auto tls_setting = [&](const char* name, const char* shape, const char* option, const char* help,
                               const char* standard) {
    store.one(name, shape, help, standard, [&tls, option](const std::string& value) -> Fault {
      const std::string fault = redis::set_tls_option(tls, option, value);
      return fault.empty() ? std::nullopt : Fault("the value " + fault);
    });
  };
  tls_setting("tls-ca", "FILE", "tls_ca", "Authorities to trust for Redis' certificates, PEM file", "the system's");
  tls_setting("tls-cert", "FILE", "tls_cert", "Certificate to present to Redis, PEM file", "none");
  tls_setting("tls-key", "FILE", "tls_key", "Private key of --tls-cert, PEM file", "in the file of --tls-cert");
  tls_setting("tls-server-name", "NAME", "tls_server_name", "Name that Redis' certificates are issued for",
              "the host of the connection");
  tls_setting("tls-verify", "NAME", "tls_verify", "Check Redis' certificates: full, none (unsafe)", "full");
  store.one("adopt-json-carts", "CURRENCY",
            "Take over carts that another service keeps in this Redis as JSON, one string a cart, whose prices are "
            "decimal numbers in this currency (ISO 4217); see \"Taking over JSON carts\" in docs/operations.md",
            "none: such carts are corrupt",
            [&settings](const std::string& value) { return take_currency(settings.json_carts, value); });
  store.one("database-url", "URL",
            "PostgreSQL or MongoDB for carts, without Redis: "
            "postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full, "
            "as libpq takes it, or mongodb://USER:PASSWORD@HOST:PORT/DATABASE?tls=true, as libmongoc does; prefer the "
            "variable, because flags show in the process list",
            "none", [&settings](const std::string& value) { return take_database(settings, value); });
  table.back().environment = "DATABASE_URL";
  store.count("database-pool", "Connections to the database", settings.database_sessions, 1, 1000);
  store.one(
      "data-dir", "FOLDER",
      "Folder for carts, durable, or, with --redis-url or --database-url, for the journal: changes are accepted while "
      "the server is down",
      "none: without a server carts live in memory, with one there is no journal",
      [&settings](const std::string& value) -> Fault {
        settings.data_dir = value;
        return std::nullopt;
      });
  store.duration("store-deadline", "How long a request may wait for the store", settings.store_deadline,
                 milliseconds(1), seconds(60));
  store.size("cache-size", "Cache for carts from Redis, the database or --data-dir", settings.cache_size, MiB,
             1ULL << 44);
  store.size("max-memory", "Memory for carts that are nowhere else; when it is full, new carts are refused",
             settings.max_memory, "half of the RAM", MiB, 1ULL << 44);

  Group outbox(table, "Outbox");
  outbox.size("outbox-memory",
              "Memory for changes that are not safely in Redis yet; when it is full, changes are refused",
              settings.outbox_memory, "a quarter of the RAM", MiB, 1ULL << 44);
  using Away = std::optional<WhileAway>;
  outbox.choice<Away, Away>(
      "while-away",
      "Where changes wait while Redis is down; memory: without --data-dir, in RAM, and what waits is lost when cartd "
      "ends",
      settings.while_away, "journal with --data-dir, else refuse",
      {{"refuse", WhileAway::refuse}, {"memory", WhileAway::memory}, {"journal", WhileAway::journal}});
  outbox.size("max-journal", "Size of the journal; when it is full, changes are refused", settings.max_journal, MiB,
              1ULL << 44);
  outbox.duration("journal-deadline",
                  "How long a write to the journal may take; then changes are refused until the disk answers",
                  settings.journal_deadline, milliseconds(100), seconds(60));
  outbox.duration("retention", "How long to keep changes for resending; for a Redis without Sentinel or Cluster",
                  settings.retention, milliseconds(0), hours(1));

  Group carts(table, "Carts");
  carts.duration("ttl", "How long a cart lives after its last change", settings.policy.ttl.standard, least_ttl,
                 most_ttl);
  carts.duration("ttl-empty", "--ttl for carts without lines", settings.policy.ttl.empty, "as --ttl", least_ttl,
                 most_ttl);
  carts.duration("ttl-owned", "--ttl for carts with lines and an owner", settings.policy.ttl.owned, "as --ttl",
                 least_ttl, most_ttl);
  carts.many("ttl-prefix", "PREFIX=DURATION",
             "--ttl for cart ids starting with PREFIX, whatever is in them; repeatable (in the variable: separated by "
             "commas); the longest prefix counts",
             "none", [&settings](const Values& values) { return take_prefixes(settings.policy.ttl, values); });
  carts.count("max-lines", "Lines in a cart", limits.max_lines, 1, 10'000);
  carts.size("max-name", "A line's name", limits.max_name_bytes, 1, 4 * KiB);
  carts.size("max-line-metadata", "A line's metadata", limits.max_line_metadata_bytes, 2, MiB);
  carts.size("max-cart-metadata", "A cart's metadata", limits.max_cart_metadata_bytes, 2, MiB);

  Group checkouts(table, "Checkouts");
  checkouts.duration("checkout-ttl", "How long a checkout is open", limits.checkout_ttl, least_ttl, days(365));
  checkouts.duration("order-retention", "How long orders, and checkouts that are over, are kept",
                     limits.order_retention, minutes(1), most_ttl);
  checkouts.count("max-checkouts", "Checkouts remembered per cart; a new one takes the place of the oldest",
                  limits.max_checkouts, 1, 1000);

  Group bounds(table, "HTTP");
  bounds.size("max-body", "A request's body", http.body_bytes, KiB, 64 * MiB);
  bounds.size("max-headers", "A request's headers", http.header_bytes, KiB, MiB);
  bounds.size("max-target", "A request's path and query", http.target_bytes, 64, 64 * KiB);
  bounds.count("max-connections", "Open connections", http.connections, 1, 1'000'000);
  bounds.size("max-http-memory",
              "Memory for incoming requests and unread answers; beyond it, the slowest connections are closed",
              settings.max_http_memory, "an eighth of the RAM", MiB, 1ULL << 44);
  bounds.duration("header-timeout", "Time to receive a request's headers", timeouts.header, milliseconds(100),
                  minutes(10));
  bounds.duration("body-timeout", "Time to receive a request's body", timeouts.body, milliseconds(100), minutes(10));
  bounds.duration("idle-timeout", "Idle time between two requests", timeouts.idle, milliseconds(100), hours(1));

  Group log(table, "Log");
  log.choice<LogLevel, LogLevel>(
      "log-level", "Lowest level logged", settings.log_level, "info",
      {{"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warn", LogLevel::warn}, {"error", LogLevel::error}});
  log.choice<std::optional<LogFormat>, std::optional<LogFormat>>(
      "log-format", "Format of the log, one line per event", settings.log_format,
      "auto: plain on a terminal, else json",
      {{"auto", std::nullopt}, {"plain", LogFormat::plain}, {"json", LogFormat::json}});
  return table;
}

}  // namespace cartd::app
