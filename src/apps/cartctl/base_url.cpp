#include "apps/cartctl/base_url.h"

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/pchars.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>

namespace cartd::cartctl {

boost::system::result<BaseUrl, std::string> parse_base_url(std::string_view text) {
  namespace urls = boost::urls;
  using Parsed = boost::system::result<BaseUrl, std::string>;
  const auto refused = [](const char* why) { return Parsed(boost::system::in_place_error, why); };

  const auto parsed = urls::parse_uri(text);
  if (!parsed) return refused("not a URL: write for example http://127.0.0.1:8080");
  const urls::url_view& url = *parsed;
  if (url.scheme_id() == urls::scheme::https)
    return refused("https is not supported: cartctl speaks plain HTTP, so run it beside cartd or through a tunnel");
  if (url.scheme_id() != urls::scheme::http) return refused("not an http:// URL");
  if (url.has_userinfo()) return refused("a user or password in the URL is not supported");
  if (url.has_query() || url.has_fragment()) return refused("a query or fragment is not supported");
  if (url.host().empty()) return refused("the URL has no host");

  // Boost.URL lets a port be as large as it likes, and takes what follows its digits for a path.
  unsigned port = 80;
  const std::string_view digits(url.port().data(), url.port().size());
  if (!digits.empty() && std::from_chars(digits.data(), digits.data() + digits.size(), port).ec != std::errc{})
    port = 0;
  const bool path_is_one = url.encoded_path().empty() || url.encoded_path().starts_with('/');
  if (port == 0 || port > 65535 || !path_is_one) return refused("the URL's port is not in 1 to 65535");

  BaseUrl base;
  base.host = url.host_address();
  base.port = std::to_string(port);
  base.prefix = std::string(url.encoded_path());
  while (base.prefix.ends_with('/')) base.prefix.pop_back();
  base.shown = std::string(url.encoded_host()) + ":" + base.port;
  return base;
}

std::string path_segment(std::string_view segment) { return boost::urls::encode(segment, boost::urls::pchars); }
std::string query_value(std::string_view value) { return boost::urls::encode(value, boost::urls::unreserved_chars); }

}  // namespace cartd::cartctl
