// A TCP port for a test's own server.
#pragma once

#include <cstdint>

namespace cartd::test {

/// A port of 127.0.0.1 that nobody listens on at the moment, and that no other test gets as long as this process lives:
/// not before its server has started, nor while that is down. It lies below the range from which the system takes the
/// ports of outgoing connections, so that no client that tries it meanwhile can meet itself there.
std::uint16_t free_port();

}  // namespace cartd::test
