// Bodies in gzip and deflate: what is decoded, and what is refused.
#include "http/content_coding.h"

#include "support/coded_bodies.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::http {
namespace {

using test::bare_deflate, test::gzip, test::zlib_format;

constexpr std::size_t limit = 64 * 1024;

/// What `body` decodes to; its fault as a text when it does not.
std::string decoded(std::string_view coding, const std::string& body, std::size_t max_bytes = limit) {
  const auto result = decode_content(coding, body, max_bytes);
  if (result) return *result;
  switch (result.error()) {
    case Fault::unsupported_media_type: return "(415)";
    case Fault::body_too_large: return "(413)";
    case Fault::malformed_request: return "(400)";
    default: return "(another fault)";
  }
}

TEST(ContentCoding, GzipAndDeflateAreDecoded) {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(R"({"sku":"s"})"), std::string(limit, 'z')}) {
    for (const char* coding : {"gzip", "x-gzip", "GZip", " , gzip,, "})
      EXPECT_EQ(decoded(coding, gzip(text)), text) << coding;
    EXPECT_EQ(decoded("deflate", zlib_format(text)), text);
    EXPECT_EQ(decoded("Deflate", bare_deflate(text)), text);
  }
}

TEST(ContentCoding, IdentityChangesNothing) {
  for (const char* coding : {"identity", "Identity", "identity, identity", "", ",", " "})
    EXPECT_EQ(decoded(coding, "as it is"), "as it is");
}

TEST(ContentCoding, AnythingElseIsNotSupported) {
  for (const char* coding :
       {"br", "zstd", "compress", "x-compress", "gzip, gzip", "deflate, gzip", "gzip, br", "br, identity",
        "identity, gzip", "gzip;q=1", "gzipx", "x-deflate", "*", "aws-chunked", "\"gzip\""})
    EXPECT_EQ(decoded(coding, gzip("x")), "(415)") << coding;
}

TEST(ContentCoding, AGzipBodyMayHaveSeveralMembers) {
  EXPECT_EQ(decoded("gzip", gzip("one ") + gzip("") + gzip("two")), "one two");
}

TEST(ContentCoding, TheLimitIsForWhatComesOut) {
  const std::string fits(limit, 'x');
  const std::string too_long(limit + 1, 'x');
  EXPECT_EQ(decoded("gzip", gzip(fits)), fits);
  EXPECT_EQ(decoded("gzip", gzip(too_long)), "(413)");
  EXPECT_EQ(decoded("deflate", zlib_format(too_long)), "(413)");
  EXPECT_EQ(decoded("deflate", bare_deflate(too_long)), "(413)");
  EXPECT_EQ(decoded("gzip", gzip(fits) + gzip("x")), "(413)");
  EXPECT_EQ(decoded("gzip", gzip(""), 0), "");
  EXPECT_EQ(decoded("gzip", gzip("x"), 0), "(413)");
}

TEST(ContentCoding, ABombIsTooLarge) {
  EXPECT_EQ(decoded("gzip", gzip(std::string(std::size_t{32} << 20, '\0'))), "(413)");
  std::string members;
  for (int i = 0; i < 1000; ++i) members += gzip(std::string(2048, '\0'));
  EXPECT_EQ(decoded("gzip", members), "(413)");
}

TEST(ContentCoding, ABodyThatEndsEarlyIsMalformed) {
  const std::string text = R"([{"op":"add","sku":"s","quantity":2},{"op":"add","sku":"t","name":"Mug"}])";
  for (const auto& [coding, whole] :
       {std::pair{"gzip", gzip(text)}, {"deflate", zlib_format(text)}, {"deflate", bare_deflate(text)}}) {
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_EQ(decoded(coding, whole.substr(0, size)), "(400)")
          << coding << " cut to " << size << " bytes of " << whole.size();
  }
}

TEST(ContentCoding, ADamagedBodyIsMalformed) {
  const std::string whole = gzip("some text that is long enough to be worth it, some text");
  std::string checksum = whole;
  checksum[whole.size() - 6] = static_cast<char>(checksum[whole.size() - 6] ^ 1);
  std::string length = whole;
  length.back() = 1;
  for (const std::string& bad : {checksum, length, std::string("not gzip at all"), std::string(R"({"sku":"s"})"),
                                 zlib_format("x"), whole.substr(1)})
    EXPECT_EQ(decoded("gzip", bad), "(400)");
  for (const std::string& bad : {std::string("plain text"), gzip("x"), std::string("\x78\xBB\x00\x00\x00\x01", 6)})
    EXPECT_EQ(decoded("deflate", bad), "(400)") << "the last wants a preset dictionary";
}

TEST(ContentCoding, NothingMayStandBehindTheEnd) {
  for (const std::string& garbage : {std::string("x"), std::string(1, '\0'), std::string(512, '\0'),
                                     std::string("\x1f\x8b"), gzip("x").substr(0, 12)}) {
    EXPECT_EQ(decoded("gzip", gzip("text") + garbage), "(400)");
    EXPECT_EQ(decoded("deflate", zlib_format("text") + garbage), "(400)");
    EXPECT_EQ(decoded("deflate", bare_deflate("text") + garbage), "(400)");
  }
  EXPECT_EQ(decoded("deflate", zlib_format("a") + zlib_format("b")), "(400)");
}

}  // namespace
}  // namespace cartd::http
