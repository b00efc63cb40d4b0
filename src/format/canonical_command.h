// Commands as a text that is the same for ever: what stores remember of an idempotency key is made of it, and a client
// may repeat its request at a cartd of another version. To be added to, never to be changed.
#pragma once

#include "domain/command.h"

#include <string>

namespace cartd::format {

/// JSON without blanks, members always in the same order; a batch in the form in which the API takes it. Equal commands
/// give equal text, different ones different text.
std::string canonical_json(const Command& command);

}  // namespace cartd::format
