// Whether the files of TlsOptions can be used, told before any connection is made.
#pragma once

#include "redis/protocol/tls_options.h"

#include <string>

namespace cartd::redis {

/// Why no connection can be made with `options`, as far as their files tell: one that is missing, unreadable or not
/// what it should be, or a key that does not belong to the certificate. Empty when they can be used. For people who
/// start the program: names files.
std::string tls_fault(const TlsOptions& options);

}  // namespace cartd::redis
