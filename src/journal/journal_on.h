// A journal whose files go through a given RocksDB environment: for tests that make the disk fail.
#pragma once

#include "journal/journal.h"

#include <boost/system/result.hpp>

#include <memory>
#include <string>

namespace rocksdb {
class Env;
}

namespace cartd::journal {

/// Journal::open() on `env`, which outlives the journal.
boost::system::result<std::unique_ptr<Journal>, std::string> open_on(rocksdb::Env& env, Journal::Options options);

}  // namespace cartd::journal
