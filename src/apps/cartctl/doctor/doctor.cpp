#include "apps/cartctl/doctor/doctor.h"

#include "apps/cartctl/doctor/acl.h"
#include "apps/cartctl/doctor/deployment_probe.h"
#include "redis/connection/tls_check.h"
#include "util/terminal_text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ostream>

namespace cartd::doctor {

namespace {

std::string permissions(redis::Topology topology) {
  std::string text = "A Redis user for cartd needs these permissions and no others:\n" + acl_line(topology) + "\n";
  if (topology == redis::Topology::sentinel)
    text += "And on the Sentinels, if they have users:\n" + sentinel_acl_line() + "\n";
  return text;
}

}  // namespace

std::string report_text(const std::vector<Chapter>& chapters, redis::Topology topology) {
  std::string text;
  for (const Chapter& chapter : chapters) {
    std::vector<std::vector<std::string>> rows;
    for (const Finding& finding : chapter.findings)
      rows.push_back({to_string(finding.level), finding.check,
                      util::terminal_safe(finding.text) +
                          (finding.advice.empty() ? "" : "; do: " + util::terminal_safe(finding.advice))});
    if (!chapter.server.empty() && topology != redis::Topology::standalone)
      text += "\n" + util::terminal_safe(chapter.server) + "\n";
    text += util::table(rows, {});
  }
  return text + "\n" + permissions(topology);
}

std::string report_json(const std::vector<Chapter>& chapters, redis::Topology topology, const std::string& redis) {
  boost::json::array list;
  for (const Chapter& chapter : chapters) {
    for (const Finding& finding : chapter.findings) {
      boost::json::object item{
          {"level", to_string(finding.level)}, {"check", finding.check}, {"text", util::terminal_safe(finding.text)}};
      if (!chapter.server.empty()) item["server"] = util::terminal_safe(chapter.server);
      if (!finding.advice.empty()) item["advice"] = util::terminal_safe(finding.advice);
      list.push_back(std::move(item));
    }
  }
  boost::json::object report{{"redis", redis},
                             {"topology", redis::name(topology)},
                             {"findings", std::move(list)},
                             {"acl", acl_line(topology)}};
  if (topology == redis::Topology::sentinel) report["sentinel_acl"] = sentinel_acl_line();
  return boost::json::serialize(report) + "\n";
}

int run(const Options& options, std::ostream& out, std::ostream& err, bool err_is_terminal) {
  auto deployment = redis::parse_deployment(options.redis_url);
  if (!deployment) {
    err << "cartctl: " << deployment.error() << "\n";
    return 2;
  }
  std::string option;
  if (const std::string fault = redis::add_tls(options.tls, *deployment, option); !fault.empty()) {
    err << "cartctl: " << option << " " << fault << "\n";
    return 2;
  }
  if (deployment->entry.transport == redis::Url::Transport::tls) {
    if (const std::string fault = redis::tls_fault(deployment->entry.tls); !fault.empty()) {
      err << "cartctl: " << util::terminal_safe(fault) << "\n";
      return 1;
    }
  }
  for (const std::string& warning : redis::warnings(*deployment)) err << "cartctl: " << warning << "\n";
  const std::string shown = redis::printable(*deployment);
  const auto progress = [&](std::uint64_t carts) {
    if (err_is_terminal) err << "\r" << carts << " carts checked" << std::flush;
  };
  const auto examined = examine(*deployment, options.sample, progress);
  if (err_is_terminal) err << "\r\x1b[K" << std::flush;
  if (!examined) {
    err << "cartctl: " << shown << ": " << util::terminal_safe(examined.error()) << "\n";
    return 1;
  }
  // A server that cannot be reached has nothing to examine.
  if (examined->topology == redis::Topology::standalone && !examined->primaries.front().facts) {
    err << "cartctl: " << shown << ": " << util::terminal_safe(examined->primaries.front().facts.error()) << "\n";
    return 1;
  }
  const std::vector<Chapter> chapters = judge(*examined);
  if (options.json) {
    out << report_json(chapters, examined->topology, shown);
  } else {
    out << shown << ", " << redis::name(examined->topology) << "\n" << report_text(chapters, examined->topology);
  }
  const auto bad = [](const Finding& finding) { return finding.level == Level::bad; };
  const auto has_bad = [&](const Chapter& chapter) {
    return std::any_of(chapter.findings.begin(), chapter.findings.end(), bad);
  };
  return std::any_of(chapters.begin(), chapters.end(), has_bad) ? 1 : 0;
}

}  // namespace cartd::doctor
