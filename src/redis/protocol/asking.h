// Follows an ASK: the same commands for the server that it names, each after an ASKING (Redis Cluster
// specification). Pure.
#pragma once

#include "redis/protocol/reply.h"
#include "redis/protocol/request.h"

namespace cartd::redis {

/// Whether `request` is one transaction: MULTI and what follows, up to EXEC.
bool is_transaction(const Request& request);

/// The commands of `request`, which is whole, with ASKING before each of them; before the first one alone where it is a
/// transaction.
Request with_asking(const Request& request);

/// From the reply to with_asking(request) to the one that `request` alone would have had: where ASKING was refused,
/// that refusal stands in for the command's reply.
Reply without_asking(const Request& request, Reply reply);

}  // namespace cartd::redis
