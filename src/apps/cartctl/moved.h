// What is moved: carts and users as they are in pages of GET /v1/export and in lines of a file. Their texts are handed
// on as they are; of what they say, only a little is looked at here. Pure.
#pragma once

#include "apps/cartctl/checksum.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::cartctl {

struct Moved {
  bool is_user = false;
  std::string id;
  Digest digest{};  ///< 0: none is given.
  bool is_gone = false;
  std::optional<std::int64_t> expires_at{};  ///< Milliseconds since 1970.
  std::string text;                          ///< A JSON object.

  /// Names it among all carts and users.
  std::string name() const { return (is_user ? 'u' : 'c') + id; }
};

/// "cart 123", for people.
std::string shown(const std::string& name);

struct MovedPage {
  std::vector<Moved> moved{};
  std::vector<std::string> unreadable{};  ///< Sentences for people.
  std::string next_cursor{};              ///< Empty: this was the last page.
};

/// The answer to GET /v1/export; nothing when it is none.
std::optional<MovedPage> read_page(std::string_view body);

/// The answer for one cart or user of POST /v1/import.
struct ImportAnswer {
  std::string id;
  std::string result;
  std::string reason{};
  Digest digest{};
};
struct ImportAnswers {
  std::vector<ImportAnswer> carts{};
  std::vector<ImportAnswer> users{};
};
std::optional<ImportAnswers> read_import(std::string_view body);

/// A line of a file.
struct FileLine {
  enum class Kind {
    header,  ///< {"format":"cartd export","version":1}
    moved,   ///< {"cart":{…}} or {"user":{…}}
    cursor,  ///< {"cursor":"…"}: all that was behind an earlier cursor stands before it.
    end,     ///< {"end":{"carts":…,"users":…,"unreadable":…,"checksum":"…"}}
  };
  Kind kind;
  Moved moved{};
  std::string cursor{};
  std::int64_t carts = 0;
  std::int64_t users = 0;
  std::int64_t unreadable = 0;
  std::string checksum{};
};

std::string header_line();
std::string moved_line(const Moved& moved);
std::string cursor_line(std::string_view cursor);
std::string end_line(std::int64_t carts, std::int64_t users, std::int64_t unreadable, const std::string& checksum);

/// Or what is wrong with it, as the end of a sentence.
boost::system::result<FileLine, std::string> read_line(std::string_view text);

}  // namespace cartd::cartctl
