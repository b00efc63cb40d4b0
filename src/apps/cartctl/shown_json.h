// Pieces of the server's JSON as text for people. All of it is fit for a terminal.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::cartctl {

/// Nothing when `body` is no JSON object.
std::optional<boost::json::object> parse_object(std::string_view body);

/// The member as text: a string's own, other values as JSON; empty when there is none.
std::string member(const boost::json::object& object, const char* name);

/// A price or total with its currency; empty when it is none.
std::string money(const boost::json::value& value);

/// Empty when there is no such array.
const boost::json::array& array_member(const boost::json::object& object, const char* name);

/// A column of a table: a member of each of its objects.
struct Column {
  enum class Kind { text, number, money };

  const char* name;
  const char* title;
  Kind kind = Kind::text;
  bool always = true;  ///< Otherwise only when some object has the member.
};

/// One row for each object in `objects`, below the titles.
std::string table_of(const boost::json::array& objects, const std::vector<Column>& columns);

/// The lines of a cart, a checkout or an order, with how many they are, and totals.
std::string lines_text(const boost::json::object& cart);

/// "metadata …" in a line of its own; empty when there are none.
std::string metadata_text(const boost::json::object& object, const char* name, const char* title);

}  // namespace cartd::cartctl
