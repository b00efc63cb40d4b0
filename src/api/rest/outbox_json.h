// How the outbox stands, as JSON.
#pragma once

#include "service/results.h"

#include <string>

namespace cartd::rest {

/// Appends {"depth", "unconfirmed", "oldest_seconds", "memory_bytes", "max_memory_bytes", "journal"?, "memory"?}.
void append_json(std::string& out, const OutboxReport& outbox);

/// Appends ,"detail":"…" unless it is empty.
void append_detail(std::string& out, const std::string& detail);

}  // namespace cartd::rest
