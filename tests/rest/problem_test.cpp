#include "api/rest/problem.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace cartd::rest {
namespace {

using http::Fault;

TEST(Problem, EveryErrorHasItsStatusAndCode) {
  struct Row {
    Errc error;
    unsigned status;
    const char* code;
    bool retry_after;
  };
  const std::vector<Row> rows{
      {Errc::malformed, 400, "malformed-json", false},
      {Errc::invalid, 422, "invalid", false},
      {Errc::lines_differ, 409, "changed", false},
      {Errc::nothing_to_buy, 409, "nothing-to-buy", false},
      {Errc::already_completed, 409, "already-completed", false},
      {Errc::payment_ref_used, 409, "payment-ref-used", false},
      {Errc::limit_exceeded, 422, "limit-exceeded", false},
      {Errc::not_found, 404, "not-found", false},
      {Errc::version_mismatch, 412, "version-mismatch", false},
      {Errc::idempotency_mismatch, 422, "idempotency-mismatch", false},
      {Errc::in_flight, 409, "in-flight", true},
      {Errc::unavailable, 503, "store-unavailable", true},
      {Errc::outcome_unknown, 504, "outcome-unknown", false},
      {Errc::degraded, 503, "degraded", true},
      {Errc::store_full, 507, "store-full", false},
      {Errc::outbox_full, 503, "outbox-full", true},
      {Errc::journal_full, 507, "journal-full", false},
      {Errc::journal_stalled, 503, "journal-stalled", true},
      {Errc::journal_failed, 503, "journal-failed", true},
      {Errc::corrupt, 500, "corrupt", false},
  };
  for (const Row& row : rows) {
    const Problem problem = problem_of(Error{row.error, "why"});
    EXPECT_EQ(problem.status, row.status) << to_string(row.error);
    EXPECT_STREQ(problem.code, row.code) << to_string(row.error);
    EXPECT_STRNE(problem.title, "") << to_string(row.error);
    EXPECT_EQ(problem.retry_after.has_value(), row.retry_after) << to_string(row.error);
    EXPECT_TRUE(problem.detail.starts_with("why")) << to_string(row.error);
  }
}

TEST(Problem, EveryFaultHasItsStatusAndCode) {
  struct Row {
    Fault fault;
    unsigned status;
    const char* code;
  };
  const std::vector<Row> rows{
      {Fault::malformed_request, 400, "malformed-request"},
      {Fault::no_such_route, 404, "not-found"},
      {Fault::method_not_allowed, 405, "method-not-allowed"},
      {Fault::request_timeout, 408, "request-timeout"},
      {Fault::body_too_large, 413, "too-large"},
      {Fault::target_too_large, 414, "too-large"},
      {Fault::headers_too_large, 431, "too-large"},
      {Fault::unsupported_media_type, 415, "unsupported-media-type"},
      {Fault::invalid, 422, "invalid"},
      {Fault::overloaded, 503, "overloaded"},
      {Fault::internal, 500, "internal"},
  };
  for (const Row& row : rows) {
    const Problem problem = problem_of(row.fault, "why");
    EXPECT_EQ(problem.status, row.status);
    EXPECT_STREQ(problem.code, row.code);
  }
}

TEST(Problem, AnUnknownOutcomeSaysThatTheSameKeyIsSafe) {
  EXPECT_NE(problem_of(Error{Errc::outcome_unknown, ""}).detail.find("safe to retry with the same Idempotency-Key"),
            std::string::npos);
}

TEST(Problem, JsonHoldsWhatThereIsAndNothingElse) {
  Error error{Errc::limit_exceeded, "say \"no\"\n", "/quantity", "lines"};
  error.current_version = 7;
  const auto full = nlohmann::json::parse(to_json(problem_of(error)));
  EXPECT_EQ(full, (nlohmann::json{{"type", "urn:cartd:limit-exceeded"},
                                  {"title", "The change would exceed a limit"},
                                  {"status", 422},
                                  {"detail", "say \"no\"\n"},
                                  {"pointer", "/quantity"},
                                  {"limit", "lines"},
                                  {"current_version", 7}}));
  const auto bare = nlohmann::json::parse(to_json(problem_of(Fault::internal, "")));
  EXPECT_EQ(bare, (nlohmann::json{{"type", "urn:cartd:internal"}, {"title", "Internal error"}, {"status", 500}}));
  const auto later = nlohmann::json::parse(to_json(problem_of(Error{Errc::unavailable, ""})));
  EXPECT_EQ(later.at("retry_after"), 1);
}

}  // namespace
}  // namespace cartd::rest
