#include "util/json_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::util {
namespace {

/// `text` read and written again, or the fault.
std::string compact(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  if (!document) return "malformed: " + document.error();
  std::string out;
  append_json(out, document->root());
  return out;
}

bool malformed(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  return !document && !document.error().empty();
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  while (times-- > 0) text += piece;
  return text;
}

TEST(JsonDocument, KeepsOrderAndDropsBlanks) {
  EXPECT_EQ(compact(" { \"b\" : [ 1 , true,false , null ] ,\n\t\"a\":{ } , \"c\" : [] } \r\n"),
            R"({"b":[1,true,false,null],"a":{},"c":[]})");
}

TEST(JsonDocument, KeepsNumbersAsTheyWereWritten) {
  for (const char* number :
       {"0", "-0", "7", "-1", "1.0", "1.50", "0.1", "1e2", "1E+2", "1e-400", "1E400", "-0.0e0", "9223372036854775807",
        "-9223372036854775808", "9223372036854775808", "18446744073709551616", "-9223372036854775809",
        "123456789012345678901234567890.123456789012345678901234567890e10", "3.141592653589793238462643383279"}) {
    EXPECT_EQ(compact(number), number);
    // Enough text behind it for the parser's fast path.
    const std::string long_text = std::string("[") + number + R"(,"0123456789012345678901234567890123456789"])";
    EXPECT_EQ(compact(long_text), long_text);
  }
}

TEST(JsonDocument, AnIntegerIsOneThatIsWrittenAsOneAndFits) {
  const auto integer = [](std::string_view text) { return JsonDocument::parse(text)->root().integer(); };
  EXPECT_EQ(integer("2"), 2);
  EXPECT_EQ(integer("-1"), -1);
  EXPECT_EQ(integer("0"), 0);
  EXPECT_EQ(integer("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(integer("-9223372036854775808"), INT64_MIN);
  for (const char* other :
       {"9223372036854775808", "-9223372036854775809", "1.0", "1e2", "1E2", "\"2\"", "true", "null", "[1]", "{}"})
    EXPECT_EQ(integer(other), std::nullopt) << other;
}

TEST(JsonDocument, UnderstandsEveryEscape) {
  const std::string_view text = R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00\u0000")";
  const auto document = JsonDocument::parse(text);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().text(), std::string("\"\\/\b\f\n\r\tA\u00e9\u20ac\U0001F600\0", 8 + 1 + 2 + 3 + 4 + 1));
}

TEST(JsonDocument, EscapesNoMoreThanNeeded) {
  EXPECT_EQ(compact(R"("\u0041\/\u00e9\u007f\"\\\b\f\n\r\t\u0000\u001F")"),
            "\"A/\u00e9\x7f\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\"");
}

TEST(JsonDocument, JoinsLongStringsThatComeInParts) {
  // Longer than any buffer of the parser, with escapes at every distance from its ends.
  for (std::size_t lead = 0; lead < 9; ++lead) {
    const std::string plain(3000 + lead, 'x');
    const std::string escapes = repeated(R"(\n\u00e9y)", 2000);
    const std::string value = plain + repeated("\n\u00e9y", 2000) + plain;
    const std::string text =
        "{\"" + plain + escapes + plain + "\":[\"" + plain + escapes + plain + "\",\"" + escapes + "\"]}";
    const auto document = JsonDocument::parse(text);
    ASSERT_TRUE(document);
    const JsonValue member = *document->root().begin();
    EXPECT_EQ(member.key(), value);
    auto element = member.begin();
    EXPECT_EQ((*element).text(), value);
    EXPECT_EQ((*++element).text(), repeated("\n\u00e9y", 2000));
  }
}

TEST(JsonDocument, KnowsEmptyStringsAndKeys) { EXPECT_EQ(compact(R"({"":"","a":""})"), R"({"":"","a":""})"); }

TEST(JsonDocument, RefusesDuplicateMembersHoweverTheyAreWritten) {
  EXPECT_TRUE(malformed(R"({"a":1,"a":1})"));
  EXPECT_TRUE(malformed(R"({"a":1,"\u0061":2})"));
  EXPECT_TRUE(malformed(R"({"":1,"b":2,"":3})"));
  EXPECT_TRUE(malformed(R"([{"x":{"a":1,"b":2,"a":3}}])"));
  EXPECT_FALSE(malformed(R"([{"a":1},{"a":1},{"b":{"b":{"b":1}}}])"));
}

TEST(JsonDocument, FindsDuplicatesAmongManyMembers) {
  std::string text = "{";
  for (int i = 0; i < 5000; ++i) text += "\"" + std::to_string(i) + "\":0,";
  EXPECT_FALSE(malformed(text + "\"x\":0}"));
  EXPECT_TRUE(malformed(text + "\"17\":0}"));
}

TEST(JsonDocument, RefusesMoreThanSixteenLevels) {
  EXPECT_FALSE(malformed(repeated("[", 16) + repeated("]", 16)));
  EXPECT_TRUE(malformed(repeated("[", 17) + repeated("]", 17)));
  EXPECT_FALSE(malformed(repeated("{\"a\":", 16) + "1" + repeated("}", 16)));
  EXPECT_TRUE(malformed(repeated("{\"a\":", 17) + "1" + repeated("}", 17)));
  EXPECT_TRUE(malformed(repeated("[", 1'000'000)));
}

TEST(JsonDocument, RefusesWhatIsNotJson) {
  for (const char* text :
       {"",          " ",         "nul",       "nulll",       "TRUE",     "[1,]",    "[,1]",
        "[1 2]",     "{\"a\"}",   "{\"a\":}",  "{\"a\":1,}",  "{a:1}",    "{'a':1}", "[",
        "]",         "{",         "\"abc",     "01",          "-01",      "+1",      ".5",
        "1.",        "1e",        "1e+",       "-",           "--1",      "0x10",    "NaN",
        "Infinity",  "-Infinity", "{} {}",     "{}x",         "1 2",      "[1]]",    "// c\n1",
        "/* c */ 1", "\"\\x41\"", "\"\\u12\"", "\"\\u12G4\"", "\"a\nb\"", "\"\t\"",  "\xEF\xBB\xBF{}"})
    EXPECT_TRUE(malformed(text)) << text;
  EXPECT_TRUE(malformed(std::string_view("{}\0", 3)));
  EXPECT_TRUE(malformed(std::string_view("\"\0\"", 3)));
  EXPECT_TRUE(malformed(std::string_view()));
}

TEST(JsonDocument, RefusesBadUtf8AndLoneSurrogates) {
  for (const char* text : {"\"\x80\"", "\"\xC0\xAF\"", "\"\xC3\"", "\"\xE0\x80\x80\"", "\"\xED\xA0\x80\"",
                           "\"\xF4\x90\x80\x80\"", "\"\xF8\x88\x80\x80\x80\"", "\"\xFF\"", "{\"\xC3\x28\":1}",
                           "\"\xE2\x82", "\"a\\n\xC3\"", R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\n")",
                           R"("\ud83d\u0041")", R"("\ude00\ud83d")", R"("\ud83d\ud83d\ude00")", R"({"\ud800":1})"})
    EXPECT_TRUE(malformed(text)) << text;
}

TEST(JsonDocument, SaysOneSentenceAboutAFault) {
  EXPECT_EQ(compact(""), "malformed: the JSON text is empty");
  EXPECT_EQ(compact("{\"a\":"), "malformed: the JSON text ends too early");
  EXPECT_EQ(compact("{\"a\":x}"), "malformed: not JSON in UTF-8: error at byte 5");
  EXPECT_EQ(compact(R"({"a":1,"a":2})"), "malformed: an object has a duplicate field");
  for (const char* number : {"[1e1234567890]", "[1e-1234567890]", "[1.5E+99999999999]", "[-1e00099999999999]"})
    EXPECT_EQ(compact(number), "malformed: a number's exponent is out of range") << number;
  EXPECT_EQ(compact("[1e000000000000012]"), "[1e000000000000012]");
  EXPECT_EQ(compact(repeated("[", 17)), "malformed: the JSON text nests deeper than 16 levels");
}

TEST(JsonDocument, SurvivesBeingMoved) {
  const std::string text = R"({"k\n":"v\n"})";  // short enough for a small-string buffer
  auto first = JsonDocument::parse(text);
  ASSERT_TRUE(first);
  const JsonDocument second = std::move(*first);
  EXPECT_EQ((*second.root().begin()).key(), "k\n");
  EXPECT_EQ((*second.root().begin()).text(), "v\n");
}

}  // namespace
}  // namespace cartd::util
