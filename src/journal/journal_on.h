// A journal whose files go through a given disk: for tests that make it fail.
#pragma once

#include "journal/disk.h"
#include "journal/journal.h"

#include <boost/system/result.hpp>

#include <memory>
#include <string>

namespace cartd::journal {

/// Journal::open() on `disk`, which outlives the journal.
boost::system::result<std::unique_ptr<Journal>, std::string> open_on(Disk& disk, Journal::Options options);

}  // namespace cartd::journal
