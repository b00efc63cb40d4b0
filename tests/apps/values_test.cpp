// Durations, sizes, numbers and addresses as people write them.
#include "apps/cartd/values.h"
#include "apps/parsed.h"

#include <gtest/gtest.h>

#include <array>

namespace cartd::app {
namespace {

using std::chrono::days, std::chrono::hours, std::chrono::milliseconds, std::chrono::minutes, std::chrono::seconds;
using test::value_of;

Parsed<milliseconds> duration(std::string_view text) { return parse_duration(text, milliseconds(1), days(3650)); }

TEST(Durations, HaveANumberAndAUnit) {
  EXPECT_EQ(value_of(duration("200ms")), milliseconds(200));
  EXPECT_EQ(value_of(duration("90s")), seconds(90));
  EXPECT_EQ(value_of(duration("15m")), minutes(15));
  EXPECT_EQ(value_of(duration("2h")), hours(2));
  EXPECT_EQ(value_of(duration("7d")), days(7));
}

TEST(Durations, ABareNumberIsRefusedAndToldTheUnits) {
  EXPECT_EQ(duration("7").error(),
            "\"7\" has no unit: write ms, s, m, h or d after the number (allowed is 1ms to 3650d)");
}

TEST(Durations, RefusesInvalidDurations) {
  for (const char* text :
       {"", "d", "-1d", "+1d", "1.5h", "1h30m", "1 d", " 1d", "1d ", "1D", "1w", "0x1d", "1e3s", "abc"}) {
    const auto parsed = duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().find("1ms to 3650d"), std::string::npos) << parsed.error();
  }
}

TEST(Durations, TheRangeHolds) {
  EXPECT_EQ(value_of(duration("1ms")), milliseconds(1));
  EXPECT_EQ(value_of(duration("3650d")), days(3650));
  for (const char* text : {"0ms", "0d", "3651d", "315360001s", "18446744073709551615d", "99999999999999999999999d"})
    EXPECT_FALSE(duration(text)) << text;
}

TEST(Durations, AreWrittenAsTheyAreRead) {
  for (const char* text : {"1ms", "1500ms", "1s", "75s", "10m", "36h", "7d", "3650d"})
    EXPECT_EQ(to_text(value_of(duration(text))), text);
}

TEST(Sizes, AreBytesOrBinaryUnits) {
  const auto size = [](std::string_view text) { return parse_size(text, 1, 1ULL << 44); };
  EXPECT_EQ(value_of(size("1000")), 1000U);
  EXPECT_EQ(value_of(size("1000B")), 1000U);
  EXPECT_EQ(value_of(size("64KiB")), 65536U);
  EXPECT_EQ(value_of(size("512MiB")), 512ULL << 20);
  EXPECT_EQ(value_of(size("1GiB")), 1ULL << 30);
  for (const char* text :
       {"", "0", "KiB", "1KB", "1kib", "1K", "-1", "1.5GiB", "17TiB", "18446744073709551615TiB", "1 GiB"})
    EXPECT_FALSE(size(text)) << text;
}

TEST(Sizes, AreWrittenAsTheyAreRead) {
  for (const char* text : {"1B", "1000B", "64KiB", "512MiB", "3GiB", "2TiB"})
    EXPECT_EQ(size_text(value_of(parse_size(text, 0, 1ULL << 44))), text);
}

TEST(Counts, AreWholeNumbersInRange) {
  EXPECT_EQ(value_of(parse_count("1", 1, 10)), 1U);
  EXPECT_EQ(value_of(parse_count("10", 1, 10)), 10U);
  for (const char* text : {"", "0", "11", "-1", "+1", "1.0", "1e1", " 1", "1x", "99999999999999999999"}) {
    const auto parsed = parse_count(text, 1, 10);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().find("1 to 10"), std::string::npos) << parsed.error();
  }
}

TEST(ListenAddresses, AreHostAndPort) {
  EXPECT_EQ(value_of(parse_listen("127.0.0.1:8080")), (ListenAddress{"127.0.0.1", 8080}));
  EXPECT_EQ(value_of(parse_listen("0.0.0.0:0")), (ListenAddress{"0.0.0.0", 0}));
  EXPECT_EQ(value_of(parse_listen("[::1]:65535")), (ListenAddress{"::1", 65535}));
  EXPECT_EQ(value_of(parse_listen("[::]:80")), (ListenAddress{"::", 80}));
  EXPECT_EQ(value_of(parse_listen("localhost:80")), (ListenAddress{"127.0.0.1", 80}));
}

TEST(ListenAddresses, AnythingElseIsRefusedWithAnExample) {
  for (const char* text :
       {"", ":", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "::1:80", "[::1]", "[]:80",
        "[127.0.0.1]:80", "shop.example:80", "127.0.0.1:65536", "127.0.0.1:-1", "1.2.3:80", "[::1:80", "127.0.0.1 :80"})
    EXPECT_FALSE(parse_listen(text)) << text;
  EXPECT_NE(parse_listen(":8080").error().find("0.0.0.0:8080"), std::string::npos);
}

TEST(ListenAddresses, NamesTheMissingPart) {
  const auto says = [](const char* text, const char* what) {
    EXPECT_NE(parse_listen(text).error().find(what), std::string::npos) << text << ": " << parse_listen(text).error();
  };
  says("8080", "has no host");
  says(":8080", "has no host");
  says("127.0.0.1", "has no port");
  says("127.0.0.1:", "has no port");
  says("localhost", "has no port");
  says("[::1]", "has no port");
  says("::1", "without brackets");
}

TEST(ShownValues, CannotForgeALineNorHoldAUrl) {
  EXPECT_EQ(shown("a\nb\x1b\xff"), "\"a\\x0ab\\x1b\\xff\"");
  EXPECT_EQ(shown("redis://:secret@host"), "the value given");
  EXPECT_EQ(shown("me:secret@host"), "the value given");
  EXPECT_LT(shown(std::string(10'000, 'x')).size(), 100U);
}

TEST(NearestNames, AreNearOrNone) {
  const std::array<std::string, 3> names{"ttl", "threads", "store-deadline"};
  EXPECT_EQ(nearest("tttl", names), "ttl");
  EXPECT_EQ(nearest("thread", names), "threads");
  EXPECT_EQ(nearest("store-dedaline", names), "store-deadline");
  EXPECT_EQ(nearest("database-url", names), "");
}

TEST(EditDistances, CountInsertionsDeletionsAndReplacements) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

}  // namespace
}  // namespace cartd::app
