#include "api/rest/problem.h"

#include "api/rest/json.h"
#include "util/json_string.h"

#include <utility>

namespace cartd::rest {
namespace {

using http::Fault;

constexpr std::chrono::seconds soon{1};

Problem row(Errc code) {
  switch (code) {
    case Errc::malformed: return {400, "malformed-json", "The body is not well-formed JSON"};
    case Errc::invalid: return {422, "invalid", "Invalid request"};
    case Errc::lines_differ: return {409, "changed", "The cart's lines are not as the request wants them"};
    case Errc::nothing_to_buy: return {409, "nothing-to-buy", "The cart has no lines that can be bought"};
    case Errc::already_completed: return {409, "already-completed", "The checkout has become an order"};
    case Errc::payment_ref_used: return {409, "payment-ref-used", "The payment belongs to another checkout"};
    case Errc::limit_exceeded: return {422, "limit-exceeded", "The change would exceed a limit"};
    case Errc::not_found: return {404, "not-found", "Not found"};
    case Errc::version_mismatch: return {412, "version-mismatch", "The cart does not match If-Match"};
    case Errc::idempotency_mismatch:
      return {422, "idempotency-mismatch", "The Idempotency-Key was used for another command"};
    case Errc::in_flight: return {409, "in-flight", "A request with this Idempotency-Key is still running"};
    case Errc::unavailable: return {503, "store-unavailable", "The store is unreachable; nothing was done"};
    case Errc::outcome_unknown: return {504, "outcome-unknown", "The change may or may not have been applied"};
    case Errc::rolled_back: break;  // Never leaves the outbox.
    case Errc::degraded:
      return {503, "degraded", "The store is unreachable and the request needs it; nothing was done"};
    case Errc::store_full: return {507, "store-full", "The store is full; nothing was done"};
    case Errc::outbox_full: return {503, "outbox-full", "The outbox is full; nothing was done"};
    case Errc::journal_full: return {507, "journal-full", "The journal is full; nothing was done"};
    case Errc::journal_stalled: return {503, "journal-stalled", "The journal's disk does not answer; nothing was done"};
    case Errc::journal_failed: return {503, "journal-failed", "The journal has failed; nothing was done"};
    case Errc::corrupt: return {500, "corrupt", "The stored data is invalid"};
  }
  return {500, "internal", "Internal error"};
}

/// Code and title; the status is HTTP's.
struct Name {
  const char* code;
  const char* title;
};

Name name_of(Fault fault) {
  switch (fault) {
    case Fault::malformed_request: return {"malformed-request", "The request is malformed"};
    case Fault::no_such_route: return {"not-found", "Not found"};
    case Fault::method_not_allowed: return {"method-not-allowed", "The method is not allowed here"};
    case Fault::request_timeout: return {"request-timeout", "The request took too long to arrive"};
    case Fault::body_too_large:
    case Fault::target_too_large:
    case Fault::headers_too_large: return {"too-large", "The request is too large"};
    case Fault::unsupported_media_type:
      return {"unsupported-media-type", "The body's media type or coding is not supported"};
    case Fault::invalid: return {"invalid", "Invalid request"};
    case Fault::overloaded: return {"overloaded", "Overloaded"};
    case Fault::internal: break;
  }
  return {"internal", "Internal error"};
}

void append_member(std::string& out, const char* name, std::string_view value) {
  out += ",\"";
  out += name;
  out += "\":";
  util::append_json_string(out, value);
}

}  // namespace

Problem problem_of(const Error& error) {
  Problem problem = row(error.code);
  problem.detail = error.detail;
  problem.pointer = error.pointer;
  problem.limit = error.limit;
  problem.current_version = error.current_version;
  if (error.lines) append_json(problem.lines, *error.lines);
  switch (error.code) {
    case Errc::unavailable:
    case Errc::degraded:
    case Errc::outbox_full:
    case Errc::journal_stalled:
    case Errc::journal_failed:
    case Errc::in_flight: problem.retry_after = soon; break;
    default: break;
  }
  if (error.code == Errc::outcome_unknown) problem.detail += problem.detail.empty() ? "" : "; ";
  if (error.code == Errc::outcome_unknown) problem.detail += "it is safe to retry with the same Idempotency-Key";
  return problem;
}

Problem problem_of(Fault fault, std::string detail) {
  const Name name = name_of(fault);
  Problem problem{http::status_of(fault), name.code, name.title};
  problem.detail = std::move(detail);
  if (fault == Fault::overloaded) problem.retry_after = soon;
  return problem;
}

std::string to_json(const Problem& problem) {
  std::string out = "{\"type\":\"urn:cartd:";
  out += problem.code;
  out += "\",\"title\":\"";
  out += problem.title;
  out += "\",\"status\":";
  out += std::to_string(problem.status);
  if (!problem.detail.empty()) append_member(out, "detail", problem.detail);
  if (!problem.pointer.empty()) append_member(out, "pointer", problem.pointer);
  if (!problem.limit.empty()) append_member(out, "limit", problem.limit);
  if (problem.current_version) out += ",\"current_version\":" + std::to_string(*problem.current_version);
  if (!problem.lines.empty()) out += ",\"lines\":" + problem.lines;
  if (problem.retry_after) out += ",\"retry_after\":" + std::to_string(problem.retry_after->count());
  out += '}';
  return out;
}

http::Response problem_response(const Problem& problem) {
  http::Response response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  response.body = to_json(problem);
  response.problem = problem.code;
  response.problem_detail = problem.detail;
  if (problem.retry_after) response.add_header("Retry-After", std::to_string(problem.retry_after->count()));
  return response;
}

}  // namespace cartd::rest
