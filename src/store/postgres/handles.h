// libpq's objects, owned. Its header is left to those that use them.
#pragma once

#include <memory>
#include <utility>

// libpq's own names for PGconn and PGresult.
struct pg_conn;
struct pg_result;

namespace cartd::postgres {

struct Finish {
  void operator()(pg_conn* connection) const;
};
using ConnectionPtr = std::unique_ptr<pg_conn, Finish>;

/// A descriptor of our own for a connection's socket: libpq closes its own as soon as it notices that the connection is
/// lost, and the number may be somebody else's before whoever watches it has heard of that.
class SocketCopy {
 public:
  SocketCopy() = default;
  explicit SocketCopy(const pg_conn* connection);
  SocketCopy(SocketCopy&& other) noexcept : descriptor_(other.release()) {}
  SocketCopy& operator=(SocketCopy&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~SocketCopy();

  explicit operator bool() const { return descriptor_ >= 0; }  ///< False: there was none left to be had.
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

struct Clear {
  void operator()(pg_result* result) const;
};
using ResultPtr = std::unique_ptr<pg_result, Clear>;

}  // namespace cartd::postgres
