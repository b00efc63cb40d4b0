#include "http/failure_log.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::http {
namespace {

Response failed(unsigned status, const char* problem, const char* detail) {
  Response response;
  response.status = status;
  response.problem = problem;
  response.problem_detail = detail;
  return response;
}

TEST(FailureLog, WritesALineForEachCauseOfServerErrorsOnly) {
  FailureLog failures;
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) {
    failures.note(failed(503, "store-unavailable", "away"));
    failures.note(failed(504, "outcome-unknown", "late"));
    failures.note(failed(507, "journal-full", "full"));
    failures.note(failed(507, "store-full", "full"));
    failures.note(failed(503, "overloaded", "later"));
    failures.note(failed(422, "limit-exceeded", "too many"));
    failures.note(json_response(503, "{}"));
    failures.note(json_response(200, "{}"));
  }
  const std::string log = testing::internal::GetCapturedStderr();
  std::size_t lines = 0;
  for (const char c : log) lines += c == '\n' ? 1 : 0;
  EXPECT_EQ(lines, 5U) << log;
  for (const char* const cause : {"store-unavailable", "outcome-unknown", "journal-full", "store-full", "overloaded"})
    EXPECT_NE(log.find(cause), std::string::npos) << cause;
  EXPECT_NE(log.find("count=1"), std::string::npos) << log;
}

}  // namespace
}  // namespace cartd::http
