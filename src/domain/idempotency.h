// What keeps a request from being done again. A plain value.
#pragma once

#include <string>

namespace cartd {

/// A client's retry protection: the same key with the same command takes effect once.
/// Both are digests in URL-safe base64, so that a remembered key costs few bytes (see service/idempotency.h).
struct Idempotency {
  std::string key;          ///< 16 characters.
  std::string fingerprint;  ///< 11 characters; says which command the key stood for.

  friend bool operator==(const Idempotency&, const Idempotency&) = default;
};

}  // namespace cartd
