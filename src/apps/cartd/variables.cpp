#include "apps/cartd/variables.h"

#include <algorithm>
#include <regex>

namespace cartd::app {
namespace {

constexpr std::string_view prefix = "CARTD_";

// Set by Kubernetes in every container for each service ("docker links"): a service cartd, or cartd-eu, gives
// CARTD_PORT or CARTD_EU_SERVICE_HOST.
bool is_of_kubernetes(const std::string& name, const std::string& value) {
  static const std::regex pattern(
      "CARTD_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");
  if (std::regex_match(name, pattern)) return true;
  return name.ends_with("_PORT") &&
         (value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://"));
}

}  // namespace

std::vector<std::string> unknown_variables(const std::vector<std::string>& names, const Environment& environment,
                                           const std::vector<Setting>& table) {
  std::vector<std::string> known{"CARTD_CONFIG"};
  for (const Setting& setting : table) known.push_back(setting.environment);
  std::vector<std::string> lines;
  for (const std::string& name : names) {
    const std::string value = environment(name).value_or("");
    if (!name.starts_with(prefix) || value.empty() || is_of_kubernetes(name, value)) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    // REDIS_URL bears no prefix, which one may well expect.
    const auto expected = std::find(known.begin(), known.end(), name.substr(prefix.size()));
    const std::string near = expected != known.end() ? *expected : std::string(nearest(name, known));
    lines.push_back("unknown environment variable " + shown(name) +
                    (near.empty() ? "; cartd --help lists them all" : "; did you mean " + near + "?"));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace cartd::app
