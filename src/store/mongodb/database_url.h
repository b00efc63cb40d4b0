// Where a MongoDB database is, as its URL says. Pure.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace cartd::mongodb {

struct DatabaseUrl {
  bool is_srv = false;     ///< It is one with mongodb+srv://.
  std::string text{};      ///< As it was given, for libmongoc. With the password.
  std::string hosts{};     ///< "db1:27017,db2:27017", or the name that mongodb+srv:// looks up.
  std::string database{};  ///< Its name.
  std::string password{};  ///< Empty: none.
};

/// Whether `text` claims to be such a URL.
bool is_mongodb_url(std::string_view text);

/// The URL, or the end of a sentence that says what is wrong with it. That holds nothing of the URL, which may have a
/// password in it.
boost::system::result<DatabaseUrl, std::string> parse_mongodb_url(std::string_view text);

/// Hosts, ports and name: "mongodb://db1:27017,db2:27017/shop". Without user and password.
std::string printable(const DatabaseUrl& url);

}  // namespace cartd::mongodb
