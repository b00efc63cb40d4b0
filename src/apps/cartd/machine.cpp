#include "apps/cartd/machine.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace cartd::app {
namespace {

constexpr std::uint64_t no_limit = std::numeric_limits<std::uint64_t>::max();

std::uint64_t limit_in(const std::filesystem::path& file) {
  std::uint64_t bytes = 0;
  // Holds "max", or a number beyond every machine, when there is none.
  return std::ifstream(file) >> bytes && bytes > 0 ? bytes : no_limit;
}

/// A group has no more than those above it. In a container the path may be the host's, of which only the top can be
/// seen.
std::uint64_t least_on_the_way(const std::filesystem::path& mount, const std::string& path, const char* file) {
  std::uint64_t least = limit_in(mount / file);
  std::filesystem::path group = mount;
  for (const std::filesystem::path& part : std::filesystem::path(path).relative_path()) {
    group /= part;
    least = std::min(least, limit_in(group / file));
  }
  return least;
}

}  // namespace

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::uint64_t memory_bytes(const std::filesystem::path& root) {
  const auto pages = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES));
  std::uint64_t least = pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  // A line is "number:controllers:path"; the path of cgroup v2 has neither number nor controllers.
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
    const std::string path = line.substr(second + 1);
    if (controllers == ",,") least = std::min(least, least_on_the_way(root / "sys/fs/cgroup", path, "memory.max"));
    else if (controllers.find(",memory,") != std::string::npos)
      least = std::min(least, least_on_the_way(root / "sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
  }
  return least;
}

}  // namespace cartd::app
