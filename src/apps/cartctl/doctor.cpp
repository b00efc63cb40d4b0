#include "apps/cartctl/doctor.h"

#include "apps/cartctl/acl.h"
#include "apps/cartctl/doctor_probe.h"
#include "apps/cartctl/terminal_text.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <ostream>

namespace cartd::cartctl {

std::string report_text(const std::vector<Finding>& findings) {
  std::vector<std::vector<std::string>> rows;
  for (const Finding& finding : findings)
    rows.push_back(
        {to_string(finding.level), finding.check, terminal_safe(finding.text) + (finding.advice.empty() ? "" : "; do: " + finding.advice)});
  return table(rows, {}) + "\nA Redis user for cartd needs these permissions and no others:\n" + acl_line() + "\n";
}

std::string report_json(const std::vector<Finding>& findings, const std::string& redis) {
  boost::json::array list;
  for (const Finding& finding : findings) {
    boost::json::object item{{"level", to_string(finding.level)}, {"check", finding.check}, {"text", terminal_safe(finding.text)}};
    if (!finding.advice.empty()) item["advice"] = finding.advice;
    list.push_back(std::move(item));
  }
  return boost::json::serialize(boost::json::object{{"redis", redis}, {"findings", std::move(list)}, {"acl", acl_line()}}) + "\n";
}

int run_doctor(const Options& options, std::ostream& out, std::ostream& err, bool err_is_terminal) {
  const auto url = redis::parse_url(options.redis_url);
  if (!url) {
    err << "cartctl: " << url.error() << "\n";
    return 2;
  }
  const auto progress = [&](std::uint64_t carts) {
    if (err_is_terminal) err << "\r" << carts << " carts looked at" << std::flush;
  };
  const auto facts = examine(*url, options.sample, progress);
  if (err_is_terminal) err << "\r\x1b[K" << std::flush;
  if (!facts) {
    err << "cartctl: no connection to " << redis::printable(*url) << ": " << terminal_safe(facts.error()) << "\n";
    return 1;
  }
  const std::vector<Finding> findings = judge(*facts);
  if (options.json) {
    out << report_json(findings, redis::printable(*url));
  } else {
    out << redis::printable(*url) << "\n" << report_text(findings);
  }
  const auto bad = [](const Finding& finding) { return finding.level == Level::bad; };
  return std::any_of(findings.begin(), findings.end(), bad) ? 1 : 0;
}

}  // namespace cartd::cartctl
