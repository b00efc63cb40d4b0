// From bytes to requests: Beast's parser, and what RFC 9112 asks beyond it. Does no I/O and keeps no bytes: what it
// has not consumed is the caller's to offer again, with more behind it. Bodies come out decoded.
#pragma once

#include "http/fault.h"
#include "http/options.h"
#include "http/request.h"

#include <boost/beast/http/basic_parser.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cartd::http {

class RequestReader {
 public:
  enum class Step {
    need_more,         ///< Everything usable was consumed; more bytes are needed.
    expects_continue,  ///< The client waits for "100 Continue" before it sends the body.
    complete,          ///< request() is whole. start_over() before the next one.
    failed,            ///< fault() says why. The stream cannot be followed any further.
  };

  struct Progress {
    Step step;
    std::size_t consumed;  ///< Bytes that are done with.
  };

  explicit RequestReader(const Limits& limits) : limits_(limits) {}

  /// Reads on. With at least Limits::header_bytes + target_bytes unconsumed bytes the answer is never need_more.
  Progress advance(std::string_view bytes);

  /// True from the first byte of a request until start_over().
  bool begun() const { return parser_.has_value() || skipped_line_; }
  /// True when the header is whole and the body is not.
  bool in_body() const { return parser_ && parser_->is_header_done() && !parser_->is_done(); }

  /// The request as far as it has been read.
  const Request& request() const { return request_; }

  Fault fault() const { return fault_; }
  /// One sentence for the client.
  const char* why() const { return why_; }

  void start_over();

 private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  class Parser final : public boost::beast::http::basic_parser<true> {
   public:
    explicit Parser(RequestReader& reader);

    void on_request_impl(verb method, text name, text target, int version, error_code& ec) override;
    void on_response_impl(int, text, int, error_code&) override {}
    void on_field_impl(boost::beast::http::field field, text name, text value, error_code& ec) override;
    void on_header_impl(error_code& ec) override;
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text part, error_code& ec) override;
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, text part, error_code& ec) override { return on_body_impl(part, ec); }
    void on_finish_impl(error_code&) override {}

   private:
    void on_extension_field(text name, text value, error_code& ec);

    RequestReader& reader_;
  };

  void decode_body();
  void fail(Fault fault, const char* why, error_code& ec);
  void blame(error_code ec, std::string_view rest);
  void set_once(std::optional<std::string>& field, text value, error_code& ec);
  std::optional<Fault> too_long(std::string_view rest) const;

  Limits limits_;
  std::optional<Parser> parser_;
  Request request_;
  Fault fault_ = Fault::malformed_request;
  const char* why_ = nullptr;  ///< Set as soon as the request has failed.
  std::size_t header_bytes_ = 0;
  unsigned hosts_ = 0;
  bool has_request_line_ = false;
  bool chunked_ = false;
  bool wants_continue_ = false;
  bool skipped_line_ = false;
};

}  // namespace cartd::http
