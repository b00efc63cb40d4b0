// A TCP proxy between a client and a server, on a thread of its own, that does to their connections what networks do.
//
// Threads: every call is made from outside, by one thread, and has taken effect when it returns.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace cartd::test {

class Proxy {
 public:
  enum class Direction { to_server, to_client };

  /// Listens on a free port of 127.0.0.1 and passes everything on to `server_port` there.
  explicit Proxy(std::uint16_t server_port);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  std::uint16_t port() const;

  /// Resets (RST) every connection, on both sides.
  void reset_all();

  /// From now on nothing goes on in `direction`, on the connections that there are and, with stall(), on those to come.
  /// What arrives is taken in and kept, and goes on at release(), even when its sender has closed the connection
  /// meanwhile.
  void hold(Direction direction);
  void stall(Direction direction);
  void release();

  /// The next reply that a server sends: half its bytes go on, then the connection is reset, on both sides.
  void truncate_next_reply();

  /// While true, new connections are reset at once.
  void refuse(bool refused);

  /// Faults at random from now on, about one every `interval` on average: resets, stalls of a few intervals, truncated
  /// replies, refusals. The same seed gives the same sequence of faults; it is printed. Until calm(), which heals
  /// everything.
  void start_faults(std::uint64_t seed, std::chrono::milliseconds interval);
  void calm();

  /// Connections accepted so far, refused ones not counted.
  std::size_t accepted() const;
  /// Bytes taken in on their way in `direction` and not passed on yet.
  std::size_t held(Direction direction) const;
  /// Pieces passed on so far in `direction`: with a client that is idle meanwhile, the writes it made.
  std::size_t pieces(Direction direction) const;
  /// Faults done by the random schedule so far.
  std::size_t faults() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cartd::test
