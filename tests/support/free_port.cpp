#include "support/free_port.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>

namespace cartd::test {
namespace {

bool can_bind(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

// Takes `port` for this process among those that ask here, until it ends, however it ends: a name in the abstract
// namespace (unix(7)) needs no file and goes with the socket, which is left open.
bool reserve(std::uint16_t port) {
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "socket");
  const std::string name = "cartd-test-port-" + std::to_string(port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const bool reserved = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0;
  if (!reserved) ::close(fd);
  return reserved;
}

}  // namespace

std::uint16_t free_port() {
  // Linux takes the ports of outgoing connections from 32768 on (ip(7), ip_local_port_range). Tests run side by side: a
  // random place to look keeps their attempts few.
  std::random_device random;
  std::uniform_int_distribution<std::uint16_t> ports(10'000, 32'000);
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const std::uint16_t port = ports(random);
    if (reserve(port) && can_bind(port)) return port;
  }
  throw std::runtime_error("no free port");
}

}  // namespace cartd::test
