// From what a client sends to what a store remembers of it. Pure.
#pragma once

#include "domain/command.h"
#include "domain/ids.h"

namespace cartd {

/// Digests (SHA-256, cut to 96 and 64 bits) of the key and of the command's canonical form. Equal in every process and
/// version, because a client may retry at another server.
Idempotency idempotency_of(const IdempotencyKey& key, const Command& command);

}  // namespace cartd
