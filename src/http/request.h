// One HTTP request, as much of it as the routes look at.
#pragma once

#include "http/fault.h"

#include <ostream>  // Beast 1.81 forgets it in verb.hpp.

#include <boost/beast/http/verb.hpp>

#include <optional>
#include <string>

namespace cartd::http {

using boost::beast::http::verb;

/// What Content-Type says, as far as any route cares.
enum class MediaType {
  none,         ///< There is no such field.
  json,         ///< application/json in UTF-8.
  msgpack,      ///< application/msgpack, or one of the names that it had before it was registered.
  merge_patch,  ///< application/merge-patch+json in UTF-8 (RFC 7396).
  other,
};

struct Request {
  verb method = verb::unknown;
  std::string target{};    ///< As sent: origin form ("/path?query") or absolute form.
  bool http_1_0 = false;   ///< Otherwise 1.1.
  bool keep_alive = true;  ///< The client's wish.
  std::string body{};      ///< Decoded (see content_coding.h), unless that failed.
  MediaType media_type = MediaType::none;
  /// Why the body could not be decoded, and so is as it was sent: 400, 413 or 415.
  std::optional<Fault> undecoded{};

  // Header fields; those that RFC 9110 defines as lists are joined with commas when they were sent more than once.
  std::optional<std::string> accept{};
  std::optional<std::string> content_encoding{};
  std::optional<std::string> if_match{};
  std::optional<std::string> if_none_match{};
  std::optional<std::string> idempotency_key{};
  std::optional<std::string> prefer{};
  std::optional<std::string> request_id{};
  std::optional<std::string> traceparent{};

  /// As new, but the common small buffers are kept for the next request.
  void clear();
};

}  // namespace cartd::http
