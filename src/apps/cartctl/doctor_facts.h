// What the doctor saw of a Redis, before it is judged. Plain values.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cartd::cartctl {

/// A fact, or why it could not be looked at: the server does not permit or does not know the command.
template <class T>
using Looked = boost::system::result<T, std::string>;

/// Of the sampled keys that answer to a condition: how many, and one of them.
struct Spotted {
  std::uint64_t count = 0;
  std::string example{};  ///< A key; may hold any byte.

  void see(const std::string& key) {
    if (count++ == 0) example = key;
  }
};

struct Sample {
  std::uint64_t carts = 0;   ///< Keys cart:<id>.
  std::uint64_t metas = 0;   ///< Keys {cart:<id>}:meta.
  bool complete = true;      ///< False when the keyspace holds more than was looked at.
  Spotted wrong_type{};      ///< cart:<id> that are no hash.
  Spotted large{};           ///< Carts of more than 500 lines.
  Spotted cart_unpacked{};   ///< Carts that left the listpack encoding.
  Spotted meta_unpacked{};   ///< Metas that left it.
  Spotted without_expiry{};  ///< Carts that never expire.
};

/// Entries of the slow log about carts.
struct SlowCommands {
  std::uint64_t count = 0;
  std::chrono::microseconds slowest{0};
  std::string command{};  ///< The slowest one's name.
};

struct Facts {
  Looked<std::map<std::string, std::string>> info;    ///< INFO, all sections: name to value.
  Looked<std::map<std::string, std::string>> config;  ///< The settings that matter here.
  Looked<std::chrono::milliseconds> clock_ahead;      ///< The server's clock minus ours.
  Looked<SlowCommands> slow;
  Looked<Sample> sample;
};

/// A cart of more lines is large.
constexpr std::uint64_t large_cart_lines = 500;

}  // namespace cartd::cartctl
