// TLS towards Redis: what the files of TlsOptions give, and what a failure means, in words.
#pragma once

#include "redis/protocol/tls_options.h"

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <string>

namespace cartd::redis {

/// One of the files cannot be used.
struct TlsFault {
  std::string option;  ///< "tls_ca", "tls_cert" or "tls_key".
  std::string file;
  std::string why;  ///< Without the file's name.
};

/// A client's context with TLS 1.2 or later, from the files as they are now. Whether and for which name certificates
/// are verified is not part of it.
boost::system::result<std::shared_ptr<boost::asio::ssl::context>, TlsFault> make_tls_context(const TlsOptions& options);

/// The reason for which a server's certificate was refused.
struct Refusal {
  long result = 0;          ///< Of SSL_get_verify_result().
  bool of_issuer = false;   ///< It is not about the server's own certificate, but about one that stands above it.
  bool name_given = false;  ///< TlsOptions::server_name says what was expected.
  bool authority_given = false;
};
/// In words; names no file and no server.
std::string explain(const Refusal& refusal);

/// The number of the server's alert (RFC 8446, 6) that `error` stands for; 0 when it is none.
int alert_of(const boost::system::error_code& error);
/// The meaning of an alert for a client that has or has not presented a certificate.
std::string explain_alert(int alert, bool certificate_shown);
/// True when what arrived is not TLS at all.
bool is_no_tls(const boost::system::error_code& error);

}  // namespace cartd::redis
