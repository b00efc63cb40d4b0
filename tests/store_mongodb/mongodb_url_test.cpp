// Where a MongoDB database is, and what of its URL may be shown.
#include "store/mongodb/database_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartd::test {
namespace {

using mongodb::parse_mongodb_url;
using testing::HasSubstr;
using testing::Not;

TEST(MongodbUrl, ShowsHostsAndNameAndNeitherUserNorPassword) {
  const auto url = parse_mongodb_url("mongodb://u:s3cr3t@h1,h2:2/shop?tls=true&replicaSet=rs");
  ASSERT_TRUE(url) << url.error();
  EXPECT_EQ(printable(*url), "mongodb://h1:27017,h2:2/shop");
  EXPECT_EQ(url->password, "s3cr3t");
  const auto srv = parse_mongodb_url("mongodb+srv://u:s3cr3t@cluster.example.com/shop");
  ASSERT_TRUE(srv) << srv.error();
  EXPECT_EQ(printable(*srv), "mongodb+srv://cluster.example.com/shop");
}

TEST(MongodbUrl, RefusesWhatIsNoneOrWouldLoseChangesWithoutShowingThePassword) {
  for (const char* text :
       {"mongodb://u:s3cr3t@h:x/shop", "mongodb://u:s3cr3t@h", "mongodb://u:s3cr3t@h/", "mongodb://u:s3cr3t@h/shop?w=1",
        "mongodb://u:s3cr3t@h/shop?w=0", "mongodb://u:s3cr3t@h/shop?journal=false",
        "mongodb://u:s3cr3t@h/shop?wtimeoutMS=5", "mongodb://u:s3cr3t@h/shop?readPreference=secondary",
        "mongodb://u:s3cr3t@h/shop?readConcernLevel=local", "mongodb://u:s3cr3t%zz@h/shop",
        "mongodb+srv://u:s3cr3t@h/x", "mongodb:///s3cr3t", "mongodb://"}) {
    const auto url = parse_mongodb_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error(), Not(HasSubstr("s3cr3t"))) << text;
  }
  EXPECT_TRUE(parse_mongodb_url("mongodb://h/shop?readConcernLevel=linearizable"));
}

}  // namespace
}  // namespace cartd::test
