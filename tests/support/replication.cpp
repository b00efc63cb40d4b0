#include "support/replication.h"

#include <cstdint>
#include <stdexcept>
#include <string>

namespace cartd::test {
namespace {

std::int64_t offset_of(const RedisServer& server, const std::string& field) {
  const std::string replication = server.probe().text({"INFO", "replication"});
  const std::size_t found = replication.find("\n" + field + ":");
  if (found == std::string::npos) throw std::runtime_error("a server does not say how far it is");
  return std::stoll(replication.substr(found + field.size() + 2));
}

}  // namespace

bool caught_up(const RedisServer& replica, const RedisServer& primary) {
  // In this order: what comes meanwhile may be missing.
  const std::int64_t needed = offset_of(primary, "master_repl_offset");
  return offset_of(replica, "slave_repl_offset") >= needed;
}

}  // namespace cartd::test
