#include "store/mongodb/driver.h"

#include <mongoc/mongoc.h>

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

void Release::operator()(_bson_t* document) const { bson_destroy(document); }
void Release::operator()(_mongoc_client_pool_t* pool) const { mongoc_client_pool_destroy(pool); }
void Release::operator()(_mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }

void start_driver() { static const Driver driver; }

}  // namespace cartd::mongodb
