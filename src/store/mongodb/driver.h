// libmongoc's objects, owned.
#pragma once

#include <mongoc/mongoc.h>

#include <memory>
#include <utility>

namespace cartd::mongodb {

struct Release {
  void operator()(mongoc_client_pool_t* pool) const { mongoc_client_pool_destroy(pool); }
  void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
};
using PoolPtr = std::unique_ptr<mongoc_client_pool_t, Release>;
using UriPtr = std::unique_ptr<mongoc_uri_t, Release>;

/// As a std::unique_ptr, which would drop the alignment that the type asks for.
class BsonPtr {
 public:
  explicit BsonPtr(bson_t* owned) : bson_(owned) {}
  BsonPtr(BsonPtr&& other) noexcept : bson_(std::exchange(other.bson_, nullptr)) {}
  BsonPtr& operator=(BsonPtr&& other) noexcept {
    std::swap(bson_, other.bson_);
    return *this;
  }
  BsonPtr(const BsonPtr&) = delete;
  BsonPtr& operator=(const BsonPtr&) = delete;
  ~BsonPtr() {
    if (bson_ != nullptr) bson_destroy(bson_);
  }

  bson_t* get() const { return bson_; }
  explicit operator bool() const { return bson_ != nullptr; }

 private:
  bson_t* bson_;
};

/// To be called before anything else of libmongoc, any number of times. Its own log is switched off: what it says comes
/// as errors, too.
void start_driver();

}  // namespace cartd::mongodb
