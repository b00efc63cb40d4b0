#include "chaos/faults/namespaces.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace cartd::test {
namespace {

void expect(bool done, const char* what) {
  if (!done) throw std::system_error(errno, std::generic_category(), what);
}

void write(const char* file, const std::string& text) {
  std::ofstream out(file);
  expect(static_cast<bool>(out << text << std::flush), file);
}

/// As root of a user namespace, in which nobody else is (user_namespaces(7)).
void become_root() {
  const std::string user = std::to_string(::geteuid());
  const std::string group = std::to_string(::getegid());
  expect(::unshare(CLONE_NEWUSER) == 0, "a user namespace");
  write("/proc/self/setgroups", "deny");
  write("/proc/self/uid_map", "0 " + user + " 1");
  write("/proc/self/gid_map", "0 " + group + " 1");
}

void leave(int shared, const char* what) {
  if (::unshare(shared) == 0) return;
  if (errno == EPERM) become_root();
  expect(::unshare(shared) == 0, what);
}

void switch_loopback_on() {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  expect(socket >= 0, "socket");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  const bool done = ::ioctl(socket, SIOCSIFFLAGS, &request) == 0;
  const int error = errno;
  ::close(socket);
  errno = error;
  expect(done, "the loopback interface");
}

template <class Step>
std::string obstacle_to(const Step& step) {
  try {
    step();
    return {};
  } catch (const std::system_error& error) {
    return error.what();
  }
}

}  // namespace

const std::string& mounts_obstacle() {
  thread_local const std::string obstacle = obstacle_to([] {
    leave(CLONE_NEWNS, "mounts of one's own");
    expect(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "mounts of one's own");
  });
  return obstacle;
}

const std::string& network_obstacle() {
  thread_local const std::string obstacle = obstacle_to([] {
    leave(CLONE_NEWNET, "a network of one's own");
    switch_loopback_on();
  });
  return obstacle;
}

}  // namespace cartd::test
