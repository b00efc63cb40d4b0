// One HTTP answer, and how it becomes bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::http {

/// The permission for caches to store an answer (RFC 9111, section 5.2.2): nothing, unless its handler says otherwise.
constexpr const char* not_cached = "no-store";
constexpr const char* cached_for_an_hour = "public, max-age=3600";

struct Response {
  unsigned status = 200;
  const char* cache_control = not_cached;
  const char* content_type = nullptr;  ///< Null when there is no body.
  std::string body{};
  std::optional<std::uint64_t> etag{};  ///< The version of what is shown.
  const char* etag_suffix = "";  ///< Tells the tags of one version's representations apart (RFC 9110, section 8.8.3.3).
  bool weak_etag = false;        ///< Something else may have this version tomorrow: RFC 9110, section 8.8.1.
  std::string headers{};         ///< Further field lines, each with its CRLF; see add_header().

  const char* problem = nullptr;  ///< The problem's code, a literal. Null when there is none.
  std::string problem_detail{};   ///< The same in a sentence, for the log.

  /// Adds a field line. Neither part may hold CR, LF or NUL.
  void add_header(std::string_view name, std::string_view value);
};

Response json_response(unsigned status, std::string body);

/// The connection's part of an answer's header.
struct Framing {
  bool head = false;  ///< Answers HEAD: everything but the body.
  bool keep_alive = true;
  bool http_1_0 = false;  ///< Where keep-alive has to be said aloud.
};

/// Appends the whole answer, in HTTP/1.1 (RFC 9112). `request_id` is visible ASCII.
void append_response(std::string& out, const Response& response, const Framing& framing, std::string_view request_id);

}  // namespace cartd::http
