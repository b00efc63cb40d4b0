#include "chaos/faults/links.h"

#include "chaos/faults/namespaces.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include <unistd.h>

#include <fstream>
#include <stdexcept>

namespace cartd::test {
namespace {

// By its full name: not every user has the folder on the PATH.
constexpr const char* program = "/usr/sbin/nft";

// Packets are dropped where they arrive: whoever sent one is told nothing, as on a real network.
constexpr const char* open_links = R"(
add table ip chaos
delete table ip chaos
table ip chaos {
  set cuts { type ipv4_addr . ipv4_addr; }
  chain arrivals { type filter hook input priority 0; ip saddr . ip daddr @cuts drop; }
}
)";

/// What nft complains of; empty: nothing.
std::string complaint_about(const std::string& rules) {
  const TempDir folder;
  const auto file = folder.path() / "rules";
  const auto output = folder.path() / "output";
  std::ofstream(file) << rules;
  if (run_to_end({program, "-f", file.string()}, {.output = output}) == 0) return {};
  return "nft: " + read_text(output);
}

void tell(const std::string& rules) {
  const std::string complaint = complaint_about(rules);
  if (!complaint.empty()) throw std::runtime_error(complaint);
}

std::string look_for_obstacle() {
  if (::access(program, X_OK) != 0) return std::string("there is no ") + program + " (package nftables)";
  if (!network_obstacle().empty()) return network_obstacle();
  return complaint_about(open_links);
}

}  // namespace

const std::string& links_obstacle() {
  thread_local const std::string obstacle = look_for_obstacle();
  return obstacle;
}

std::string cartd_address(std::size_t number) { return "127.0.2." + std::to_string(number + 1); }

Links::Links() {
  if (!links_obstacle().empty()) throw std::runtime_error("links cannot be cut here: " + links_obstacle());
  tell(open_links);
}

void Links::lose(const Addresses& from, const Addresses& to) {
  std::string pairs;
  for (const std::string& sender : from)
    for (const std::string& receiver : to) pairs += (pairs.empty() ? "" : ", ") + sender + " . " + receiver;
  tell("add element ip chaos cuts { " + pairs + " }\n");
}

void Links::cut(const Addresses& one_side, const Addresses& other_side) {
  lose(one_side, other_side);
  lose(other_side, one_side);
}

std::unique_ptr<Links> links_where_possible() { return links_obstacle().empty() ? std::make_unique<Links>() : nullptr; }

void Links::restore() { tell("flush set ip chaos cuts\n"); }

}  // namespace cartd::test
