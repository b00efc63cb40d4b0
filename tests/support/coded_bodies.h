// Texts in gzip and deflate, for requests.
#pragma once

#include <zlib.h>

#include <stdexcept>
#include <string>

namespace cartd::test {

/// `window_bits` as deflateInit2() takes them.
inline std::string deflated(std::string text, int window_bits) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int outcome = deflate(&stream, Z_FINISH);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  if (outcome != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

inline std::string gzip(const std::string& text) { return deflated(text, 16 + MAX_WBITS); }
inline std::string zlib_format(const std::string& text) { return deflated(text, MAX_WBITS); }
inline std::string bare_deflate(const std::string& text) { return deflated(text, -MAX_WBITS); }

}  // namespace cartd::test
