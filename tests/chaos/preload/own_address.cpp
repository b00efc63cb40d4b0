// A library to preload into a program that is to connect from an address of its own: the one that OWN_ADDRESS names.
// Only IPv4, and only sockets that have no address yet.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace {

void take_own_address(int socket) {
  sockaddr_in own{};
  socklen_t length = sizeof own;
  const char* address = std::getenv("OWN_ADDRESS");
  if (address == nullptr || ::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &length) != 0 || own.sin_port != 0)
    return;
  own = {};
  own.sin_family = AF_INET;
  // Else a port would be taken now that no one else may have, to whatever server.
  const int on = 1;
  ::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (::inet_pton(AF_INET, address, &own.sin_addr) == 1)
    ::bind(socket, reinterpret_cast<const sockaddr*>(&own), sizeof own);
}

}  // namespace

// The C library's own is reached without its name, which is this one.
extern "C" int connect(int socket, const sockaddr* to, socklen_t length) {
  if (to->sa_family == AF_INET) take_own_address(socket);
  return static_cast<int>(::syscall(SYS_connect, socket, to, length));
}
