// Mounts and a network that only this process and its children see (namespaces(7)): those of the calling thread, and of
// the threads and processes that it starts from then on. They are gone with the last of these, however it ends, and the
// machine's own stay as they are.
//
// Threads: to be asked by the thread that makes everything else, before it starts any. Only so can it work for others
// than root: a process with threads is not given a user namespace, in which it is root.
#pragma once

#include <string>

namespace cartd::test {

/// What keeps the calling thread from having its own mounts; empty: it has them from now on.
const std::string& mounts_obstacle();

/// What keeps the calling thread from having its own network; empty: it has one from now on, with a loopback interface
/// only.
const std::string& network_obstacle();

}  // namespace cartd::test
