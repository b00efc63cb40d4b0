#include "format/user_fields.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::format {
namespace {

using namespace std::string_literals;

bool is_no_user(std::string_view bytes) {
  const auto fields = user_fields_from_bytes(bytes);
  return !fields && fields.error().code == Errc::corrupt;
}

TEST(StoredUser, IsTheDocumentedLayoutAndComesBack) {
  const UserFields fields{{"city", ""}, {"name", "Gräfin \"Ada\""}};
  const std::string bytes = user_fields_to_bytes(fields);
  EXPECT_EQ(bytes, "\x01\x02\x04"s + "city"s + "\0\x04name\x0d"s + "Gräfin \"Ada\""s);
  EXPECT_EQ(*user_fields_from_bytes(bytes), fields);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_TRUE(is_no_user(bytes.substr(0, size))) << size;
  EXPECT_TRUE(is_no_user(bytes + "x"));
}

TEST(StoredUser, AnythingElseIsCorrupt) {
  EXPECT_FALSE(is_no_user("\x01\x01\x01n\x01v"));
  EXPECT_TRUE(is_no_user("\x02\x01\x01n\x01v")) << "another layout";
  EXPECT_TRUE(is_no_user("\x01\0"s)) << "a user without fields does not exist";
  EXPECT_TRUE(is_no_user("\x01\x01\0\x01v"s)) << "no name";
  EXPECT_TRUE(is_no_user("\x01\x01\x01\x07\x01v")) << "a control character";
  EXPECT_TRUE(is_no_user("\x01\x01\x01n\x01\xff")) << "not UTF-8";
  EXPECT_TRUE(is_no_user("\x01\x02\x01n\x01v\x01n\x01v")) << "twice";
  EXPECT_TRUE(is_no_user("\x01\x02\x01n\x01v\x01m\x01v")) << "not in order";
  EXPECT_TRUE(is_no_user("\x01\xff\xff\xff\xff\x0f")) << "a count that is a lie";
}

}  // namespace
}  // namespace cartd::format
