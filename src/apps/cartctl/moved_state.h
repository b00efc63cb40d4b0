// What has been moved so far, by name: in memory, and in a file with which another cartctl goes on.
//
// A line of the file is a digest, a blank and the name of what is in the target in that state; a later line of a name
// counts instead of the earlier ones. With a "?" in front it is on its way there: a cartctl that was killed does not
// know whether it arrived. A last line that was cut short counts as not written.
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
#include <vector>

namespace cartd::cartctl {

class MovedState {
 public:
  MovedState() = default;

  /// Reads the file, if it is there, and goes on writing to it. Or says what is wrong with it.
  static boost::system::result<MovedState, std::string> open(const std::string& path);

  /// Notes that this state of it is in the target. False: the file cannot be written.
  bool note(const std::string& name, const Digest& digest);
  std::optional<Digest> find(const std::string& name) const;
  /// Notes that this state of it is going to be sent. The same.
  bool note_sending(const std::string& name, const Digest& digest);
  /// All states that may have been left in the target.
  std::vector<Digest> candidates(const std::string& name) const;
  std::size_t size() const { return digests_.size(); }
  /// Everything that was noted is on its way to the disk.
  bool flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  bool write(const std::string& line);

  std::unordered_map<std::string, Digest> digests_{};
  std::unordered_map<std::string, std::vector<Digest>> sending_{};  ///< Newest last.
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
