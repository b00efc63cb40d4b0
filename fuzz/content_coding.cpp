// Bodies with a content coding. The first byte picks the coding, the rest is the body. What is decoded keeps the limit;
// and the body, once encoded, decodes to itself.
#include "http/content_coding.h"

#define ZLIB_CONST
#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace cartd::http;

void require(bool holds) {
  if (!holds) std::abort();
}

/// `window_bits` as deflateInit2() takes them.
std::string encoded(std::string_view text, int window_bits) {
  z_stream stream{};
  require(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<const Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array codings{"gzip", "deflate", "identity", "br", "gzip, deflate"};
  constexpr std::size_t limit = 64 * 1024;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto decoded = decode_content(codings[data[0] % codings.size()], body, limit);
  if (decoded) require(decoded->size() <= limit || *decoded == body);
  else
    require(decoded.error() == Fault::unsupported_media_type || decoded.error() == Fault::body_too_large ||
            decoded.error() == Fault::malformed_request);

  for (const int window_bits : {16 + MAX_WBITS, MAX_WBITS, -MAX_WBITS}) {
    const char* coding = window_bits > MAX_WBITS ? "gzip" : "deflate";
    const auto again = decode_content(coding, encoded(body, window_bits), body.size());
    require(again && *again == body);
    if (!body.empty()) require(!decode_content(coding, encoded(body, window_bits), body.size() - 1));
  }
  return 0;
}
