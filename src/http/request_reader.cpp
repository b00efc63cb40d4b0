#include "http/request_reader.h"

#include "http/content_coding.h"
#include "http/fields.h"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <utility>

namespace cartd::http {
namespace {

using boost::beast::iequals;
using boost::beast::http::error;
using boost::beast::http::field;

/// Beast's error in words for the client.
const char* sentence(boost::beast::error_code ec) {
  if (ec == error::bad_method) return "the method is not a token";
  if (ec == error::bad_target) return "the request target is malformed";
  if (ec == error::bad_version) return "the HTTP version is not 1.0 or 1.1";
  if (ec == error::bad_field) return "a field name is malformed";
  if (ec == error::bad_value) return "a field value is malformed";
  if (ec == error::bad_line_ending) return "a line does not end with CRLF";
  if (ec == error::bad_content_length || ec == error::multiple_content_length)
    return "the Content-Length is malformed or ambiguous";
  if (ec == error::bad_transfer_encoding) return "the Transfer-Encoding is not supported or ambiguous";
  if (ec == error::bad_chunk || ec == error::bad_chunk_extension) return "a chunk is malformed";
  return "the request is not HTTP/1.1";
}

constexpr const char* sent_twice = "a header that may be sent only once was sent twice";

MediaType media_type_of(std::string_view content_type) {
  if (is_json(content_type)) return MediaType::json;
  if (is_msgpack(content_type)) return MediaType::msgpack;
  return is_merge_patch(content_type) ? MediaType::merge_patch : MediaType::other;
}

/// However far a chunked body is read, at least "0\r\n\r\n" is still to come. Beast asserts that it is not shown less
/// of the last chunk twice.
constexpr std::size_t shortest_rest_of_chunks = 5;

/// Fields that are lists may be sent in several lines (RFC 9110, section 5.3).
void join(std::optional<std::string>& field, boost::beast::string_view value) {
  if (!field) {
    field.emplace(value.data(), value.size());
    return;
  }
  *field += ", ";
  field->append(value.data(), value.size());
}

}  // namespace

RequestReader::Parser::Parser(RequestReader& reader) : reader_(reader) {
  // Beast's limit is for what it holds back at a time; that for the whole header is kept below.
  header_limit(static_cast<std::uint32_t>(reader.limits_.header_bytes + reader.limits_.target_bytes));
  body_limit(reader.limits_.body_bytes);
}

void RequestReader::Parser::on_request_impl(verb method, text, text target, int version, error_code& ec) {
  reader_.has_request_line_ = true;
  if (target.size() > reader_.limits_.target_bytes)
    return reader_.fail(Fault::target_too_large, "the request target is too long", ec);
  reader_.request_.method = method;
  reader_.request_.target.assign(target.data(), target.size());
  reader_.request_.http_1_0 = version == 10;
}

void RequestReader::Parser::on_field_impl(field field, text name, text value, error_code& ec) {
  constexpr std::size_t colon_blank_and_line_end = 4;
  reader_.header_bytes_ += name.size() + value.size() + colon_blank_and_line_end;
  if (reader_.header_bytes_ > reader_.limits_.header_bytes)
    return reader_.fail(Fault::headers_too_large, "the header fields are too long", ec);
  if (is_header_done()) return;  // A trailer: nothing in it may change how the request is understood.

  Request& request = reader_.request_;
  switch (field) {
    case field::host: ++reader_.hosts_; return;
    case field::transfer_encoding:
      // Any other coding, or a list of them, would leave the end of the body to guesswork.
      if (!iequals(value, "chunked"))
        return reader_.fail(Fault::malformed_request, "the only supported Transfer-Encoding is chunked", ec);
      reader_.chunked_ = true;
      return;
    case field::expect: reader_.wants_continue_ = iequals(value, "100-continue"); return;
    case field::content_type:
      if (request.media_type != MediaType::none) return reader_.fail(Fault::malformed_request, sent_twice, ec);
      request.media_type = media_type_of({value.data(), value.size()});
      return;
    case field::accept: return join(request.accept, value);
    case field::content_encoding: return join(request.content_encoding, value);
    case field::if_match: return join(request.if_match, value);
    case field::if_none_match: return join(request.if_none_match, value);
    case field::prefer: return join(request.prefer, value);
    case field::unknown: return on_extension_field(name, value, ec);
    default: return;
  }
}

void RequestReader::Parser::on_extension_field(text name, text value, error_code& ec) {
  Request& request = reader_.request_;
  if (iequals(name, "Idempotency-Key")) return reader_.set_once(request.idempotency_key, value, ec);
  if (iequals(name, "X-Request-Id")) request.request_id.emplace(value.data(), value.size());
  else if (iequals(name, "traceparent")) request.traceparent.emplace(value.data(), value.size());
}

void RequestReader::Parser::on_header_impl(error_code& ec) {
  Request& request = reader_.request_;
  request.keep_alive = keep_alive();
  if (reader_.hosts_ > 1 || (reader_.hosts_ == 0 && !request.http_1_0))
    return reader_.fail(Fault::malformed_request, "exactly one Host header is required", ec);
  if (reader_.chunked_ && request.http_1_0)
    return reader_.fail(Fault::malformed_request, "HTTP/1.0 has no Transfer-Encoding", ec);
}

std::size_t RequestReader::Parser::on_body_impl(text part, error_code&) {
  reader_.request_.body.append(part.data(), part.size());
  return part.size();
}

RequestReader::Progress RequestReader::advance(std::string_view bytes) {
  std::size_t consumed = 0;
  if (!parser_) {
    // One empty line before a request is forgiven (RFC 9112, section 2.2).
    if (!skipped_line_ && bytes.starts_with("\r\n")) {
      skipped_line_ = true;
      consumed = 2;
    }
    const std::string_view rest = bytes.substr(consumed);
    if (rest.empty() || (!skipped_line_ && rest == "\r")) return {Step::need_more, consumed};
    parser_.emplace(*this);
  }
  while (consumed < bytes.size()) {
    if (chunked_ && in_body() && bytes.size() - consumed < shortest_rest_of_chunks) return {Step::need_more, consumed};
    const bool in_header = !parser_->is_header_done();
    error_code ec;
    consumed += parser_->put({bytes.data() + consumed, bytes.size() - consumed}, ec);
    if (ec == error::need_more) {
      const std::string_view rest = bytes.substr(consumed);
      const std::optional<Fault> fault = too_long(rest);
      if (!fault) return {Step::need_more, consumed};
      fail(*fault, "a line of the request is too long", ec);
    }
    if (ec) {
      blame(ec, bytes.substr(consumed));
      return {Step::failed, consumed};
    }
    if (parser_->is_done()) {
      decode_body();
      return {Step::complete, consumed};
    }
    if (in_header && wants_continue_ && !request_.http_1_0 && consumed == bytes.size())
      return {Step::expects_continue, consumed};
  }
  return {Step::need_more, consumed};
}

/// A body that cannot be decoded has an end all the same: the request is answered like any other.
void RequestReader::decode_body() {
  if (!request_.content_encoding) return;
  auto decoded = decode_content(*request_.content_encoding, request_.body, limits_.body_bytes);
  if (decoded) request_.body = std::move(*decoded);
  else request_.undecoded = decoded.error();
}

void RequestReader::fail(Fault fault, const char* why, error_code& ec) {
  fault_ = fault;
  why_ = why;
  ec = error::bad_value;  // Any error will do: it only makes Beast stop.
}

/// Beast's own complaints, unless there was one of ours.
void RequestReader::blame(error_code ec, std::string_view rest) {
  if (why_) return;
  if (ec == error::body_limit) {
    fault_ = Fault::body_too_large;
    why_ = "the body is too long";
  } else if (ec == error::header_limit) {
    const bool in_first_line = !has_request_line_ && rest.find('\n') == std::string_view::npos;
    fault_ = in_first_line ? Fault::target_too_large : Fault::headers_too_large;
    why_ = in_first_line ? "the request line is too long" : "the header fields are too long";
  } else {
    fault_ = Fault::malformed_request;
    why_ = sentence(ec);
  }
}

/// The fault when something too long cannot be consumed: the request line, a field, a chunk's extension or a
/// trailer.
std::optional<Fault> RequestReader::too_long(std::string_view rest) const {
  if (!has_request_line_ && rest.size() > limits_.target_bytes && rest.find('\n') == std::string_view::npos) {
    constexpr std::size_t room_for_method_and_version = 64;
    if (rest.size() > limits_.target_bytes + room_for_method_and_version) return Fault::target_too_large;
  }
  if (has_request_line_ && rest.size() >= limits_.header_bytes) return Fault::headers_too_large;
  return std::nullopt;
}

void RequestReader::set_once(std::optional<std::string>& field, text value, error_code& ec) {
  if (field) return fail(Fault::malformed_request, sent_twice, ec);
  field.emplace(value.data(), value.size());
}

void RequestReader::start_over() {
  parser_.reset();
  request_.clear();
  why_ = nullptr;
  header_bytes_ = 0;
  hosts_ = 0;
  has_request_line_ = false;
  chunked_ = false;
  wants_continue_ = false;
  skipped_line_ = false;
}

}  // namespace cartd::http
