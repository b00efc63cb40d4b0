#include "http/target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::http {
namespace {

std::vector<std::string> segments(std::string_view text) {
  const auto target = split_target(text);
  if (!target) return {"(malformed)"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < target->segment_count && i < max_segments; ++i)
    out.push_back(percent_decoded(target->segments[i]));
  return out;
}

TEST(Target, PathsAreCutAtSlashes) {
  EXPECT_EQ(segments("/v1/carts/123"), (std::vector<std::string>{"v1", "carts", "123"}));
  EXPECT_EQ(segments("/"), (std::vector<std::string>{""}));
  EXPECT_EQ(segments("/a/"), (std::vector<std::string>{"a", ""}));
  EXPECT_EQ(segments("//a"), (std::vector<std::string>{"", "a"}));
}

TEST(Target, AnEscapedSlashDoesNotCut) {
  EXPECT_EQ(segments("/items/a%2Fb"), (std::vector<std::string>{"items", "a/b"}));
}

TEST(Target, EscapesMayStandForAnyByte) {
  EXPECT_EQ(segments("/%F0%9F%8D%95/%00%ff"), (std::vector<std::string>{"\xF0\x9F\x8D\x95", std::string("\0\xFF", 2)}));
  EXPECT_EQ(segments("/a+b%2B"), (std::vector<std::string>{"a+b+"}));
}

TEST(Target, CharactersNotAllowedInAUriAreMalformed) {
  for (const char* bad :
       {"",      "a",    "*",    "host:80", "/a%",   "/a%2",  "/a%zz",     "/a%2?b", "/a b",      "/a#b",
        "/a\"b", "/{a}", "/a<b", "/a`b",    "/a\\b", "/a\tb", "/\xC3\xA4", "/a\x7f", "ftp://h/a", "/?q=%"}) {
    EXPECT_FALSE(split_target(bad)) << bad;
  }
}

TEST(Target, CharactersThatBrowsersLeaveRawAreAccepted) {
  EXPECT_EQ(segments("/a|b/[1]^"), (std::vector<std::string>{"a|b", "[1]^"}));
  EXPECT_TRUE(split_target("/a?q=[1|2]^"));
}

TEST(Target, AbsoluteFormIsAcceptedAsOriginForm) {
  EXPECT_EQ(segments("http://shop.example:8080/a/b"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(segments("HTTPS://shop.example/a"), (std::vector<std::string>{"a"}));
  EXPECT_EQ(segments("http://shop.example"), (std::vector<std::string>{""}));
}

TEST(Target, MoreSegmentsThanAnyRouteHasAreCountedAsTooMany) {
  const auto target = split_target("/1/2/3/4/5/6/7/8/9/10");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segment_count, max_segments + 1);
}

TEST(Target, QueriesGiveTheirParametersInOrder) {
  const auto target = split_target("/a?x=1&&y&z=%26=?");
  ASSERT_TRUE(target);
  std::string_view query = target->query;
  std::string seen;
  while (const auto parameter = next_parameter(query)) seen += parameter->name + "->" + parameter->value + ";";
  EXPECT_EQ(seen, "x->1;y->;z->&=?;");
}

}  // namespace
}  // namespace cartd::http
