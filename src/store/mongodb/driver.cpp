#include "store/mongodb/driver.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace cartd::mongodb {
namespace {

// libmongoc counts its operations in shared memory, which it makes when the program is loaded and removes when it ends.
// A program that is killed would leave it behind, and the next one of the same process id would say on its standard
// error that it is there. Without a name (shm_unlink(3)) it goes with the process.
[[maybe_unused]] const int counters_without_a_name = shm_unlink(("/mongoc-" + std::to_string(getpid())).c_str());

struct Driver {
  Driver() {
    mongoc_init();
    mongoc_log_set_handler(nullptr, nullptr);
  }
  ~Driver() { mongoc_cleanup(); }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
};

}  // namespace

void start_driver() { static const Driver driver; }

}  // namespace cartd::mongodb
