#include "apps/cartd/preflight.h"

#include "journal/folder_check.h"
#include "redis/connection/tls_check.h"

namespace cartd::app {

std::optional<std::string> tls_preflight(const Settings& settings) {
  if (!settings.redis || settings.redis->entry.transport != redis::Url::Transport::tls) return std::nullopt;
  std::string fault = redis::tls_fault(settings.redis->entry.tls);
  return fault.empty() ? std::nullopt : std::optional(std::move(fault));
}

std::optional<std::string> preflight(const Settings& settings) {
  if (auto fault = tls_preflight(settings)) return fault;
  if (settings.data_dir.empty()) return std::nullopt;
  const std::string fault = journal::folder_fault(settings.data_dir, "journal");
  return fault.empty() ? std::nullopt : std::optional("--data-dir " + settings.data_dir.string() + ": " + fault);
}

}  // namespace cartd::app
