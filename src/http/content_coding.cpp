#include "http/content_coding.h"

#include "http/fields.h"

#define ZLIB_CONST  // Input is const.
#include <zlib.h>

#include <array>
#include <new>
#include <optional>

namespace cartd::http {
namespace {

using Decoded = boost::system::result<std::string, Fault>;

/// Bytes decoded at a time, and so the most that is held beyond the limit.
constexpr std::size_t piece_bytes = 16 * 1024;

enum class Coding { identity, gzip, deflate };

/// Nothing for what is not supported.
std::optional<Coding> coding_of(std::string_view content_encoding) {
  Coding coding = Coding::identity;
  std::size_t count = 0;
  while (const std::optional<std::string_view> name = next_element(content_encoding)) {
    ++count;
    if (same_ignoring_case(*name, "identity")) continue;
    if (same_ignoring_case(*name, "gzip") || same_ignoring_case(*name, "x-gzip")) coding = Coding::gzip;
    else if (same_ignoring_case(*name, "deflate")) coding = Coding::deflate;
    else return std::nullopt;
  }
  if (coding != Coding::identity && count > 1) return std::nullopt;
  return coding;
}

/// Whether `body` begins as the zlib format does (RFC 1950, section 2.2). No encoder begins a bare stream so: it would
/// be a stored block with padding that is not zero.
bool has_zlib_header(std::string_view body) {
  if (body.size() < 2) return false;
  const unsigned method_and_window = static_cast<unsigned char>(body[0]);
  const unsigned flags = static_cast<unsigned char>(body[1]);
  return (method_and_window & 0x0F) == Z_DEFLATED && (method_and_window * 256 + flags) % 31 == 0;
}

/// zlib's inflate(), with its state.
class Inflation {
 public:
  Inflation(std::string_view input, int window_bits) {
    stream_.next_in = reinterpret_cast<const Bytef*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
    if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
  }
  ~Inflation() { inflateEnd(&stream_); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;

  /// Decodes a piece into `out`: Z_OK when there is more, Z_STREAM_END at the end, else it is damaged or not all there.
  int step(std::array<char, piece_bytes>& out, std::size_t& size) {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int outcome = inflate(&stream_, Z_NO_FLUSH);
    size = out.size() - stream_.avail_out;
    return outcome;
  }
  bool at_end() const { return stream_.avail_in == 0; }
  void begin_next_member() { inflateReset(&stream_); }

 private:
  z_stream stream_{};
};

Decoded inflated(std::string_view body, int window_bits, bool has_members, std::size_t max_bytes) {
  Inflation inflation(body, window_bits);
  std::array<char, piece_bytes> piece;
  std::string out;
  for (;;) {
    std::size_t size = 0;
    const int outcome = inflation.step(piece, size);
    if (size > max_bytes - out.size()) return Fault::body_too_large;
    out.append(piece.data(), size);
    if (outcome == Z_OK) continue;
    if (outcome == Z_MEM_ERROR) throw std::bad_alloc();
    if (outcome != Z_STREAM_END) return Fault::malformed_request;
    if (inflation.at_end()) return out;
    if (!has_members) return Fault::malformed_request;
    inflation.begin_next_member();
  }
}

}  // namespace

Decoded decode_content(std::string_view content_encoding, std::string_view body, std::size_t max_bytes) {
  const std::optional<Coding> coding = coding_of(content_encoding);
  if (!coding) return Fault::unsupported_media_type;
  switch (*coding) {
    case Coding::gzip: return inflated(body, 16 + MAX_WBITS, true, max_bytes);
    case Coding::deflate: return inflated(body, has_zlib_header(body) ? MAX_WBITS : -MAX_WBITS, false, max_bytes);
    case Coding::identity: break;
  }
  return std::string(body);
}

}  // namespace cartd::http
