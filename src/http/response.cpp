#include "http/response.h"

#include "util/decimal.h"

#include <boost/assert.hpp>
#include <boost/beast/http/status.hpp>

#include <array>
#include <ctime>

namespace cartd::http {
namespace {

/// The Date field (RFC 9110, section 5.6.7), composed once a second.
void append_date(std::string& out) {
  thread_local std::time_t composed_at = -1;
  thread_local std::array<char, 40> line;
  thread_local std::size_t length = 0;
  const std::time_t now = std::time(nullptr);
  if (now != composed_at) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    length = std::strftime(line.data(), line.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    composed_at = now;
  }
  out.append(line.data(), length);
}

bool has_body(unsigned status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

void Response::add_header(std::string_view name, std::string_view value) {
  BOOST_ASSERT(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos);
  headers += name;
  headers += ": ";
  headers += value;
  headers += "\r\n";
}

Response json_response(unsigned status, std::string body) {
  Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

void append_response(std::string& out, const Response& response, const Framing& framing, std::string_view request_id) {
  constexpr std::size_t fixed_lines = 256;
  out.reserve(out.size() + fixed_lines + response.headers.size() + response.body.size());
  out += "HTTP/1.1 ";
  util::append_number(out, response.status);
  out += ' ';
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(response.status));
  out.append(reason.data(), reason.size());
  out += "\r\n";
  append_date(out);
  if (has_body(response.status)) {
    if (response.content_type) {
      out += "Content-Type: ";
      out += response.content_type;
      out += "\r\n";
    }
    out += "Content-Length: ";
    util::append_number(out, response.body.size());
    out += "\r\n";
  }
  if (response.etag) {
    out += response.weak_etag ? "ETag: W/\"" : "ETag: \"";
    util::append_number(out, *response.etag);
    out += response.etag_suffix;
    out += "\"\r\n";
  }
  out += "Cache-Control: ";
  out += response.cache_control;
  out += "\r\nX-Request-Id: ";
  out += request_id;
  out += "\r\n";
  if (!framing.keep_alive) out += "Connection: close\r\n";
  else if (framing.http_1_0) out += "Connection: keep-alive\r\n";
  out += response.headers;
  out += "\r\n";
  if (has_body(response.status) && !framing.head) out += response.body;
}

}  // namespace cartd::http
