// Where a cartd is.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace cartd::cartctl {

struct BaseUrl {
  std::string host;  ///< Without brackets.
  std::string port;
  std::string prefix;  ///< Path before /v1, without a slash at its end; mostly empty.
  std::string shown;   ///< Host and port, for messages and the Host header.
};

/// "http://host[:port][/prefix]", or one sentence without any part of `text` that says what is wrong.
boost::system::result<BaseUrl, std::string> parse_base_url(std::string_view text);

/// `segment` percent-encoded as one segment of a path (RFC 3986), whatever it holds.
std::string path_segment(std::string_view segment);
/// `value` percent-encoded as the value of a query parameter, whatever it holds.
std::string query_value(std::string_view value);

}  // namespace cartd::cartctl
