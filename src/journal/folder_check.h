// Whether a journal could be opened in a folder, found out without changing anything.
#pragma once

#include <filesystem>
#include <string>

namespace cartd::journal {

/// In the journal's folder; whoever has it locked uses the journal.
inline constexpr const char* lock_file = "JOURNAL-LOCK";

/// A clause for the operator when an earlier version of cartd has kept a journal in this folder, in RocksDB, which this
/// one does not read; empty otherwise.
std::string earlier_version_fault(const std::filesystem::path& folder);

/// Why the journal `parent`/`name` cannot be opened or made, as far as folders, permissions and the lock tell; empty
/// when nothing speaks against it. `parent` may be missing, if it can be made. For people: names files.
std::string folder_fault(const std::filesystem::path& parent, const std::string& name);

}  // namespace cartd::journal
