// A library to preload into a program whose disk is to hang: as long as the file that HUNG_DISK names exists, no fsync
// returns.
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

void wait_for_disk() {
  const char* const file = std::getenv("HUNG_DISK");
  const timespec pause{.tv_sec = 0, .tv_nsec = 5'000'000};
  while (file != nullptr && ::access(file, F_OK) == 0) ::nanosleep(&pause, nullptr);
}

}  // namespace

extern "C" {

// The C library's own, reached without their names, which are these.
int fsync(int file) {
  wait_for_disk();
  return static_cast<int>(::syscall(SYS_fsync, file));
}

int fdatasync(int file) {
  wait_for_disk();
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}

}  // extern "C"
