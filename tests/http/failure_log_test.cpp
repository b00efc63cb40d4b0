#include "transport/http/failure_log.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::http {
namespace {

TEST(FailureLog, WritesALineForEachCauseAndNoneForWhatIsNoFailureOfCartd) {
  FailureLog failures;
  testing::internal::CaptureStderr();
  for (int i = 0; i < 1000; ++i) {
    failures.note(problem_response(problem_of(Error{Errc::unavailable, "away"})));
    failures.note(problem_response(problem_of(Error{Errc::outcome_unknown, "late"})));
    failures.note(problem_response(problem_of(Error{Errc::journal_full, "full"})));
    failures.note(problem_response(problem_of(Error{Errc::store_full, "full"})));
    failures.note(problem_response(problem_of(Fault::overloaded, "later")));
    failures.note(problem_response(problem_of(Error{Errc::limit_exceeded, "too many"})));
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
