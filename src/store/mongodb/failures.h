// What an error of libmongoc means for the operation that met it. Pure.
#pragma once

#include "domain/error.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace cartd::mongodb {

/// Where the error comes from.
enum class Source {
  not_sent,     ///< No server could be reached, or logged in to: nothing was sent.
  connection,   ///< It was lost, or did not answer in time, while the operation was under way.
  server,       ///< The server's answer; `code` is its own.
  unconfirmed,  ///< It was written, but not confirmed as safe.
  client,       ///< libmongoc refuses it: nothing was sent.
};

struct DriverError {
  Source source;
  std::uint32_t code = 0;
  std::string text{};  ///< What libmongoc or the server say, for operators. No password.
};

struct Failure {
  Error error;
  bool is_outage = false;      ///< Others will probably meet it, too.
  bool is_unexpected = false;  ///< Operators should see what the database says.
};

/// `is_read`: nothing can have been changed.
Failure failure_of(bool is_read, const DriverError& error);

/// The reason in words that hold nothing of the error's text, which names addresses and users.
std::string reason_of(const DriverError& error);

}  // namespace cartd::mongodb
