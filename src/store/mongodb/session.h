// Carries operations out, one after the other, over a client of libmongoc's pool. Everything here blocks, and not for
// ever.
//
// Threads: belongs to one thread at a time.
#pragma once

#include "domain/time.h"
#include "store/mongodb/failures.h"
#include "store/mongodb/operation.h"

#include <boost/system/result.hpp>

#include <chrono>
#include <string>

namespace cartd::mongodb {

class Session {
 public:
  struct Options {
    std::string database;
    std::string password;                 ///< Never to be shown.
    std::chrono::milliseconds read_time;  ///< How long the server may read.
  };

  /// Waits for a client of the pool, if need be. `pool` outlives it.
  Session(mongoc_client_pool_t& pool, Options options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  boost::system::result<Answer, DriverError> run(const Operation& operation);
  /// A command for the database, answered by a document. Writes are confirmed as those of run().
  boost::system::result<Document, DriverError> command(const Document& command, bool is_write);

 private:
  boost::system::result<Answer, DriverError> find(const Operation& operation);

  mongoc_client_pool_t& pool_;
  const Options options_;
  mongoc_client_t* client_;
};

}  // namespace cartd::mongodb
