// What has been moved so far, by name: in memory, and in a file with which another cartctl goes on.
//
// A line of the file is a name's digest, a blank and the name; a later line of a name counts instead of the earlier
// one. A last line that was cut short counts as not written.
#pragma once

#include "apps/cartctl/checksum.h"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace cartd::cartctl {

class MovedState {
 public:
  MovedState() = default;

  /// Reads the file, if it is there, and goes on writing to it. Or says what is wrong with it.
  static boost::system::result<MovedState, std::string> open(const std::string& path);

  /// Notes that this state of it is in the target. False: the file cannot be written.
  bool note(const std::string& name, const Digest& digest);
  std::optional<Digest> find(const std::string& name) const;
  std::size_t size() const { return digests_.size(); }
  /// Everything that was noted is on its way to the disk.
  bool flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::unordered_map<std::string, Digest> digests_{};
  std::unique_ptr<std::FILE, Close> file_{};
};

/// Counts and the checksum of carts and users, each once.
class Tally {
 public:
  /// The newest state of it that was seen.
  void see(const std::string& name, const Digest& digest);
  void forget(const std::string& name);

  std::int64_t carts() const { return carts_; }
  std::int64_t users() const { return users_; }
  std::string checksum() const { return checksum_.text(); }
  const std::unordered_map<std::string, Digest>& seen() const { return seen_; }

 private:
  std::unordered_map<std::string, Digest> seen_{};
  Checksum checksum_{};
  std::int64_t carts_ = 0;
  std::int64_t users_ = 0;
};

}  // namespace cartd::cartctl
