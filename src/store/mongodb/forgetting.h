// When documents may be deleted: the time itself, which decides, and the midnight after it (UTC), which is indexed.
// That one changes once a day, so that most writes leave the index alone; and a server that deletes by it is never too
// early.
#pragma once

#include "domain/time.h"
#include "store/mongodb/database.h"
#include "store/mongodb/document.h"

namespace cartd::mongodb {

/// The time by the database's clock, as far as it is known.
Time server_time(const Database& database);

void add_forget_at(Document& to, Time forget_at);

/// Lets documents through that may be deleted at `now`.
Document past_filter(Time now);

}  // namespace cartd::mongodb
