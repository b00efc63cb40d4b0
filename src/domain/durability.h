// Where a change is known to be.
#pragma once

namespace cartd {

enum class Durability { memory, journal, disk, primary };

/// "memory", "journal", "disk", "primary".
const char* to_string(Durability durability);

}  // namespace cartd
