// libmongoc's objects, owned. Its headers are left to those that use them.
#pragma once

#include <memory>

// libbson's and libmongoc's own names.
struct _bson_t;
struct _mongoc_client_pool_t;
struct _mongoc_client_t;
struct _mongoc_uri_t;

namespace cartd::mongodb {

struct Release {
  void operator()(_bson_t* document) const;
  void operator()(_mongoc_client_pool_t* pool) const;
  void operator()(_mongoc_uri_t* uri) const;
};
using BsonPtr = std::unique_ptr<_bson_t, Release>;
using PoolPtr = std::unique_ptr<_mongoc_client_pool_t, Release>;
using UriPtr = std::unique_ptr<_mongoc_uri_t, Release>;

/// To be called before anything else of libmongoc, any number of times. Its own log is switched off: what it says comes
/// as errors, too.
void start_driver();

}  // namespace cartd::mongodb
