// Bytes from the network as HTTP requests: the reader, and everything that looks at a request before a handler does.
#include "api/rest/conditions.h"
#include "http/fields.h"
#include "http/request_reader.h"
#include "http/target.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace cartd::http;

void require(bool holds) {
  if (!holds) std::abort();
}

void look_at(const Request& request) {
  if (const auto target = split_target(request.target)) {
    for (std::size_t i = 0; i < std::min(target->segment_count, max_segments); ++i)
      require(percent_decoded(target->segments[i]).size() <= target->segments[i].size());
    std::string_view query = target->query;
    while (next_parameter(query)) {
    }
  }
  for (const auto& field : {request.if_match, request.if_none_match})
    if (field) cartd::http::EntityTags::parse(*field);
  if (request.prefer) prefers_minimal(*request.prefer);
  if (request.idempotency_key) cartd::rest::parse_idempotency_key(*request.idempotency_key);
  if (request.traceparent) trace_id(*request.traceparent);
}

}  // namespace

/// The first byte says in pieces of what size the others arrive.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{data[0]} + 1;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  Limits limits;
  limits.header_bytes = 1024;
  limits.target_bytes = 128;
  limits.body_bytes = 256;
  RequestReader reader(limits);
  std::size_t arrived = 0;
  for (;;) {
    const auto [step, consumed] = reader.advance(bytes.substr(0, arrived));
    require(consumed <= arrived);
    bytes.remove_prefix(consumed);
    arrived -= consumed;
    require(reader.request().target.size() <= limits.target_bytes);
    require(reader.request().body.size() <= limits.body_bytes);
    if (step == RequestReader::Step::failed) {
      require(reader.why() != nullptr);
      return 0;
    }
    if (step == RequestReader::Step::complete) {
      look_at(reader.request());
      reader.start_over();
      continue;
    }
    if (step == RequestReader::Step::need_more) {
      require(arrived < limits.header_bytes + limits.target_bytes);
      if (arrived == bytes.size()) return 0;
      arrived = std::min(arrived + piece, bytes.size());
    }
  }
}
