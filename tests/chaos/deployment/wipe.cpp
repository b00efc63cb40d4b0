#include "chaos/deployment/wipe.h"

#include <filesystem>

namespace cartd::test {

void wipe(const RedisServer& server) {
  std::filesystem::remove_all(server.folder() / "appendonlydir");
  std::filesystem::remove(server.folder() / "appendonly.aof");  // Where versions before 7 keep it.
  std::filesystem::remove(server.folder() / "dump.rdb");
}

}  // namespace cartd::test
