#include "apps/cartd/preflight.h"

#include "journal/folder_check.h"
#include "redis/connection/tls_check.h"
#include "store/embedded/folder_check.h"

#include <filesystem>
#include <system_error>

namespace cartd::app {

std::optional<std::string> tls_preflight(const Settings& settings) {
  if (!settings.redis || settings.redis->entry.transport != redis::Url::Transport::tls) return std::nullopt;
  std::string fault = redis::tls_fault(settings.redis->entry.tls);
  return fault.empty() ? std::nullopt : std::optional(std::move(fault));
}

std::optional<std::string> start_preflight(const Settings& settings) {
  if (auto fault = tls_preflight(settings)) return fault;
  if (store_kind(settings) != StoreKind::embedded) return std::nullopt;
  // Whoever forgets --redis-url or --database-url once would meet empty carts, and leave changes in two places.
  std::error_code failed;
  if (!std::filesystem::exists(settings.data_dir / "journal", failed)) return std::nullopt;
  return where_of_data(settings) +
         "it has the journal of a cartd with Redis or a database: set --redis-url or --database-url, or use another "
         "folder";
}

std::optional<std::string> preflight(const Settings& settings) {
  if (auto fault = start_preflight(settings)) return fault;
  if (settings.data_dir.empty()) return std::nullopt;
  const std::string fault = store_kind(settings) == StoreKind::embedded
                                ? embedded::folder_fault(settings.data_dir, carts_folder(settings).filename())
                                : journal::folder_fault(settings.data_dir, "journal");
  return fault.empty() ? std::nullopt : std::optional(where_of_data(settings) + fault);
}

}  // namespace cartd::app
