#include "api/rest/outbox_json.h"

#include "util/json_string.h"

namespace cartd::rest {
void append_json(std::string& out, const OutboxReport& outbox) {
  out += R"({"depth":)" + std::to_string(outbox.pending) + R"(,"unconfirmed":)" + std::to_string(outbox.unconfirmed);
  out += R"(,"oldest_seconds":)" + std::to_string(outbox.oldest_pending.count() / 1000);
  out += R"(,"memory_bytes":)" + std::to_string(outbox.memory);
  out += R"(,"max_memory_bytes":)" + std::to_string(outbox.max_memory);
  if (outbox.journal) {
    const JournalReport& journal = *outbox.journal;
    out += std::string(R"(,"journal":{"state":")") + journal.state + '"';
    append_detail(out, journal.failure);
    out += R"(,"records":)" + std::to_string(journal.records) + R"(,"bytes":)" + std::to_string(journal.bytes);
    out += R"(,"max_bytes":)" + std::to_string(journal.max_bytes);
    out += R"(,"dead_letters":)" + std::to_string(journal.dead_letters) + '}';
  }
  if (outbox.takes_while_away) out += R"(,"memory":{"records":)" + std::to_string(outbox.acknowledged) + '}';
  out += '}';
}

void append_detail(std::string& out, const std::string& detail) {
  if (detail.empty()) return;
  out += R"(,"detail":)";
  util::append_json_string(out, detail);
}

}  // namespace cartd::rest
