#include "http/request.h"

namespace cartd::http {
namespace {

/// The most that an idle connection may keep of a buffer.
constexpr std::size_t kept_bytes = 256;

void empty(std::string& text) {
  if (text.capacity() > kept_bytes) std::string().swap(text);  // Assigning an empty string would keep the memory.
  else text.clear();
}

}  // namespace

void Request::clear() {
  method = verb::unknown;
  empty(target);
  http_1_0 = false;
  keep_alive = true;
  empty(body);
  media_type = MediaType::none;
  undecoded.reset();
  accept.reset();
  content_encoding.reset();
  if_match.reset();
  if_none_match.reset();
  idempotency_key.reset();
  prefer.reset();
  request_id.reset();
  traceparent.reset();
}

}  // namespace cartd::http
