// The links between machines, each of which has an address of its own on the loopback interface of a network that
// only this process and its children see: any of them can be cut, one way or both.
//
// Threads: as for Deployment. Only one object at a time: another one begins anew.
// Failure: std::runtime_error.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace cartd::test {

/// What keeps this process from cutting links; empty: it can, and the calling thread has a network of its own from now
/// on.
const std::string& links_obstacle();

/// The address that a cartd connects from. Clients of the cartds, and this process itself, are at 127.0.0.1, which
/// nothing cuts off.
std::string cartd_address(std::size_t number);

class Links {
 public:
  using Addresses = std::vector<std::string>;

  /// Only where there is no links_obstacle().
  Links();
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;

  /// From now on no packet from any of the ones arrives at any of the others, on connections that there are and on new
  /// ones.
  void lose(const Addresses& from, const Addresses& to);
  /// The same in both directions.
  void cut(const Addresses& one_side, const Addresses& other_side);
  /// Everything arrives again. What was lost on the way TCP sends once more, in its own time.
  void restore();
};

/// Nothing where there is a links_obstacle().
std::unique_ptr<Links> links_where_possible();

}  // namespace cartd::test
