// Content codings of request bodies (RFC 9110, section 8.4): gzip and deflate, once. Pure.
#pragma once

#include "http/fault.h"

#include <boost/system/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace cartd::http {

/// `body` without the codings that the field `content_encoding` names, or
/// - unsupported_media_type: the field names a coding that is none of gzip, x-gzip, deflate and identity, or two (an
///   attacker could hide a bomb in a bomb, and no client needs that);
/// - body_too_large: decoded, the body is larger than `max_bytes`. It is not decoded further than that, so that neither
/// its
///   size nor its ratio matters;
/// - malformed_request: the body is damaged or ends early, or something stands behind its end.
/// A gzip body may have several members (RFC 1952, section 2.2). deflate is the zlib format, as the RFC says, or the
/// bare stream of RFC 1951, as some clients send it.
boost::system::result<std::string, Fault> decode_content(std::string_view content_encoding, std::string_view body,
                                                         std::size_t max_bytes);

}  // namespace cartd::http
