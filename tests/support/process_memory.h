// What the system counts as memory of a process.
#pragma once

#include "support/sanitized.h"

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>

namespace cartd::test {

// Sanitizers keep memory of their own for every allocation: then the process's says nothing about cartd's.
constexpr bool memory_is_cartds = !is_sanitized;

/// A field of /proc/<process>/status, in bytes; "self" is this process.
inline std::size_t memory_of(const std::string& process, const std::string& field) {
  std::ifstream status("/proc/" + process + "/status");
  for (std::string name; status >> name;) {
    std::size_t kilobytes = 0;
    if (name == field + ":" && status >> kilobytes) return kilobytes * 1024;
  }
  throw std::runtime_error("no " + field + " of process " + process);
}

}  // namespace cartd::test
