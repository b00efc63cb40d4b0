#include "service/idempotency.h"

#include "format/canonical_command.h"
#include "util/digest.h"

namespace cartd {

Idempotency idempotency_of(const IdempotencyKey& key, const Command& command) {
  return {util::digest(key.str(), 16), util::digest(format::canonical_json(command), 11)};
}

}  // namespace cartd
