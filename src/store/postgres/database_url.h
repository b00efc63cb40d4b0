// Where a PostgreSQL database is, as its URL says. Pure.
#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::postgres {

struct DatabaseUrl {
  /// What libpq is to be told, by its names: host, port, dbname, user, password, sslmode and so on. Those that the URL
  /// does not give are libpq's own (its variables, its defaults).
  std::vector<std::pair<std::string, std::string>> parameters;

  /// Empty when the URL does not give it.
  std::string parameter(std::string_view name) const;
};

/// The URL, or the end of a sentence that says what is wrong with it. That holds nothing of the URL, which may have a
/// password in it.
boost::system::result<DatabaseUrl, std::string> parse_database_url(std::string_view text);

/// Hosts, ports and name: "postgresql://db1:5432,db2/shop". Without user and password.
std::string printable(const DatabaseUrl& url);

}  // namespace cartd::postgres
