#include "store/mongodb/driver.h"

namespace cartd::mongodb {
namespace {

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
