#include "redis/connection/tls_check.h"

#include "redis/connection/tls.h"

namespace cartd::redis {

std::string tls_fault(const TlsOptions& options) {
  const auto context = make_tls_context(options);
  if (context) return {};
  return context.error().option + " " + context.error().file + ": " + context.error().why;
}

}  // namespace cartd::redis
