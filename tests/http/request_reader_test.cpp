#include "http/request_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::http {
namespace {

using Step = RequestReader::Step;

/// Feeds `bytes` in pieces of `piece` bytes, as a session would; answers the last step.
Step feed(RequestReader& reader, const std::string& bytes, std::size_t piece) {
  std::string unread;
  Step step = Step::need_more;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    unread += bytes.substr(at, piece);
    const RequestReader::Progress progress = reader.advance(unread);
    unread.erase(0, progress.consumed);
    step = progress.step;
    if (step == Step::complete || step == Step::failed) return step;
  }
  return step;
}

/// The fault of `bytes`; they must give the same one in whatever pieces they arrive.
std::optional<Fault> fault_of(const std::string& bytes) {
  std::optional<Fault> whole;
  for (const std::size_t piece : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
    RequestReader reader{Limits{}};
    const Step step = feed(reader, bytes, piece);
    const std::optional<Fault> fault = step == Step::failed ? std::optional(reader.fault()) : std::nullopt;
    if (fault) {
      EXPECT_STRNE(reader.why(), "");
    }
    if (piece == bytes.size()) whole = fault;
    EXPECT_EQ(fault, whole) << "in pieces of " << piece << ": " << bytes.substr(0, 80);
  }
  return whole;
}

std::string with_host(const std::string& rest) { return "POST / HTTP/1.1\r\nHost: a\r\n" + rest; }

TEST(RequestReader, GivesTheSameRequestInWhateverPiecesItArrives) {
  const std::string bytes =
      "\r\nPUT /v1/carts/a/items/b?x=1 HTTP/1.1\r\nHost: shop\r\ncontent-type: application/json\r\nIF-MATCH: "
      "\"1\"\r\nIf-Match: \"2\"\r\n"
      "idempotency-key:  k1 \r\nX-Request-Id: r\r\nPrefer: return=minimal\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    RequestReader reader{Limits{}};
    ASSERT_EQ(feed(reader, bytes, piece), Step::complete) << piece;
    const Request& request = reader.request();
    EXPECT_EQ(request.method, verb::put);
    EXPECT_EQ(request.target, "/v1/carts/a/items/b?x=1");
    EXPECT_EQ(request.media_type, MediaType::json);
    EXPECT_EQ(request.if_match, "\"1\", \"2\"");
    EXPECT_EQ(request.idempotency_key, "k1");
    EXPECT_EQ(request.request_id, "r");
    EXPECT_EQ(request.prefer, "return=minimal");
    EXPECT_EQ(request.traceparent, std::nullopt);
    EXPECT_EQ(request.body, "hello");
    EXPECT_TRUE(request.keep_alive);
  }
}

TEST(RequestReader, KnowsTheMediaTypesThatRoutesAskFor) {
  const auto type_of = [](const std::string& fields) {
    RequestReader reader{Limits{}};
    EXPECT_EQ(feed(reader, with_host(fields + "Content-Length: 2\r\n\r\n{}"), 100), Step::complete) << fields;
    return reader.request().media_type;
  };
  EXPECT_EQ(type_of(""), MediaType::none);
  EXPECT_EQ(type_of("Content-Type: Application/Json;charset=UTF-8\r\n"), MediaType::json);
  EXPECT_EQ(type_of("Content-Type: application/merge-patch+json\r\n"), MediaType::merge_patch);
  EXPECT_EQ(type_of("Content-Type: application/json;charset=latin1\r\n"), MediaType::other);
  EXPECT_EQ(type_of("Content-Type: application/x-www-form-urlencoded\r\n"), MediaType::other);
  EXPECT_EQ(type_of("Content-Type:\r\n"), MediaType::other);
}

TEST(RequestReader, LeavesTheNextRequestAlone) {
  const std::string first = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string second = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
  RequestReader reader{Limits{}};
  auto progress = reader.advance(first + second);
  EXPECT_EQ(progress.step, Step::complete);
  EXPECT_EQ(progress.consumed, first.size());
  reader.start_over();
  EXPECT_FALSE(reader.begun());
  progress = reader.advance(second);
  EXPECT_EQ(progress.step, Step::complete);
  EXPECT_EQ(reader.request().target, "/2");
}

TEST(RequestReader, PutsChunksTogetherAndIgnoresTrailers) {
  const std::string bytes = with_host(
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;ext=\"x\"\r\nde\r\n0\r\nIdempotency-Key: smuggled\r\n\r\n");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    RequestReader reader{Limits{}};
    ASSERT_EQ(feed(reader, bytes, piece), Step::complete) << piece;
    EXPECT_EQ(reader.request().body, "abcde");
    EXPECT_EQ(reader.request().idempotency_key, std::nullopt);
  }
}

TEST(RequestReader, AnEmptyChunkedBodyMayArriveByteByByte) {
  const std::string bytes = with_host("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    RequestReader reader{Limits{}};
    EXPECT_EQ(feed(reader, bytes, piece), Step::complete) << piece;
    EXPECT_EQ(reader.request().body, "");
  }
}

TEST(RequestReader, ReportsThatTheClientWaitsForContinue) {
  RequestReader reader{Limits{}};
  const std::string header = with_host("Content-Length: 2\r\nExpect: 100-Continue\r\n\r\n");
  auto progress = reader.advance(header);
  EXPECT_EQ(progress.step, Step::expects_continue);
  EXPECT_EQ(progress.consumed, header.size());
  EXPECT_TRUE(reader.in_body());
  EXPECT_EQ(reader.advance("").step, Step::need_more);
  EXPECT_EQ(reader.advance("hi").step, Step::complete);
}

TEST(RequestReader, DoesNotWaitForContinueWhenTheBodyIsThere) {
  RequestReader reader{Limits{}};
  EXPECT_EQ(reader.advance(with_host("Content-Length: 2\r\nExpect: 100-continue\r\n\r\nhi")).step, Step::complete);
}

TEST(RequestReader, KnowsWhetherTheClientWantsTheConnectionKept) {
  const auto keeps = [](const std::string& bytes) {
    RequestReader reader{Limits{}};
    EXPECT_EQ(reader.advance(bytes).step, Step::complete);
    return reader.request().keep_alive;
  };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(RequestReader, NonHttpIsMalformed) {
  const std::string nul = "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(1, '\0') + "\r\n\r\n";
  const std::vector<std::string> all{
      "\x16\x03\x01\x02\x00\x01 TLS here\r\n\r\n",
      "GET\r\n\r\n",
      "GET / \r\nHost: a\r\n\r\n",
      "GET / HTTP/2.0\r\n\r\n",
      "GET / HTTP/1.2\r\n\r\n",
      "GET / http/1.1\r\n\r\n",
      "GET  / HTTP/1.1\r\n\r\n",
      "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nname : value\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\n: value\r\n\r\n",
      nul,
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
  };
  for (const std::string& bytes : all) EXPECT_EQ(fault_of(bytes), Fault::malformed_request) << bytes;
}

TEST(RequestReader, LinesThatEndWithoutCarriageReturnAreMalformed) {
  RequestReader reader{Limits{}};
  EXPECT_EQ(reader.advance("GET / HTTP/1.1\nHost: a\n\n").step, Step::failed);
  EXPECT_EQ(reader.fault(), Fault::malformed_request);
}

TEST(RequestReader, ABodyWithoutAKnownEndIsMalformed) {
  const std::vector<std::string> all{
      with_host("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
      with_host("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"),
      with_host("Transfer-Encoding: gzip\r\n\r\n"),
      with_host("Transfer-Encoding: chunked, gzip\r\n\r\n"),
      with_host("Transfer-Encoding: gzip, chunked\r\n\r\n"),
      with_host("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
      with_host("Transfer-Encoding: xchunked\r\n\r\n"),
      with_host("Content-Length: -1\r\n\r\n"),
      with_host("Content-Length: +1\r\n\r\n"),
      with_host("Content-Length: 1x\r\n\r\n"),
      with_host("Content-Length: \r\n\r\n"),
      with_host("Content-Length: 1, 2\r\n\r\n"),
      with_host("Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
      with_host("Content-Length: 99999999999999999999\r\n\r\n"),
      with_host("Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n"),
      with_host("Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"),
      with_host("Transfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n"),
      with_host("Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\n"),
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
  };
  for (const std::string& bytes : all) EXPECT_EQ(fault_of(bytes), Fault::malformed_request) << bytes;
}

TEST(RequestReader, FieldsThatMayBeSentOnceAreRefusedTwice) {
  EXPECT_EQ(fault_of(with_host("Idempotency-Key: a\r\nIdempotency-Key: b\r\n\r\n")), Fault::malformed_request);
  EXPECT_EQ(fault_of(with_host("Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n")), Fault::malformed_request);
}

TEST(RequestReader, TooLongATargetIsRefusedAsSoonAsItIs) {
  const Limits limits;
  EXPECT_EQ(fault_of("GET /" + std::string(limits.target_bytes, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"),
            Fault::target_too_large);
  EXPECT_EQ(fault_of("GET /" + std::string(limits.target_bytes - 1, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"),
            std::nullopt);
  EXPECT_EQ(fault_of("GET /" + std::string(10 * limits.target_bytes, 'a')), Fault::target_too_large);
  EXPECT_EQ(fault_of(std::string(100'000, 'A')), Fault::target_too_large);
}

TEST(RequestReader, TooMuchHeaderIsRefusedHoweverItIsSplitIntoFields) {
  const Limits limits;
  EXPECT_EQ(fault_of(with_host("X: " + std::string(limits.header_bytes, 'a') + "\r\n\r\n")), Fault::headers_too_large);
  EXPECT_EQ(fault_of(with_host("X: " + std::string(limits.header_bytes * 2, 'a'))), Fault::headers_too_large);
  std::string many;
  while (many.size() <= limits.header_bytes) many += "X-Some-Field: 0123456789\r\n";
  EXPECT_EQ(fault_of(with_host(many + "\r\n")), Fault::headers_too_large);
}

TEST(RequestReader, TooLongABodyIsRefusedByItsLengthAlone) {
  const Limits limits;
  EXPECT_EQ(fault_of(with_host("Content-Length: " + std::to_string(limits.body_bytes + 1) + "\r\n\r\n")),
            Fault::body_too_large);
  const std::string body(limits.body_bytes, 'x');
  EXPECT_EQ(fault_of(with_host("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body)), std::nullopt);
}

TEST(RequestReader, TooLongABodyIsRefusedInChunksToo) {
  const Limits limits;
  EXPECT_EQ(fault_of(with_host("Transfer-Encoding: chunked\r\n\r\nfffffff\r\n")), Fault::body_too_large);
  std::string chunks;
  for (std::size_t size = 0; size <= limits.body_bytes; size += 4096)
    chunks += "1000\r\n" + std::string(4096, 'x') + "\r\n";
  EXPECT_EQ(fault_of(with_host("Transfer-Encoding: chunked\r\n\r\n" + chunks)), Fault::body_too_large);
}

TEST(RequestReader, EndlessChunkExtensionsAndTrailersAreRefused) {
  const std::string endless(40'000, 'x');
  EXPECT_EQ(fault_of(with_host("Transfer-Encoding: chunked\r\n\r\n1;" + endless)), Fault::headers_too_large);
  EXPECT_EQ(fault_of(with_host("Transfer-Encoding: chunked\r\n\r\n0\r\nA: " + endless)), Fault::headers_too_large);
}

}  // namespace
}  // namespace cartd::http
