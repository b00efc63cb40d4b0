#include "redis/connection/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <boost/asio/ssl/error.hpp>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace cartd::redis {
namespace {

namespace ssl = boost::asio::ssl;
using Made = boost::system::result<std::shared_ptr<ssl::context>, TlsFault>;

// Empty, or why the file cannot be read.
std::string unreadable(const std::string& file) {
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed)) return "is a directory";
  errno = 0;
  if (!std::ifstream(file)) return "cannot be read: " + std::generic_category().message(errno != 0 ? errno : EIO);
  return {};
}

// Asked for a passphrase; without it OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

std::string load_key(SSL_CTX* context, const std::string& file) {
  bool asked = false;
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
  ERR_clear_error();
  const bool loaded = SSL_CTX_use_PrivateKey_file(context, file.c_str(), SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (loaded && SSL_CTX_check_private_key(context) == 1) return {};
  if (asked) return "is protected by a passphrase; use a key without one";
  const bool is_other = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509;
  return is_other ? "does not belong to the certificate of tls_cert" : "holds no private key in PEM format";
}

// Where OpenSSL looks without tls_ca, and finds nothing. Empty when there is something.
std::string missing_authorities() {
  const char* named = std::getenv(X509_get_default_cert_file_env());
  if (named != nullptr && *named != '\0') {
    const std::string why = unreadable(named);
    return why.empty() ? why : std::string("the file that ") + X509_get_default_cert_file_env() + " names " + why;
  }
  std::error_code failed;
  if (std::filesystem::exists(X509_get_default_cert_file(), failed)) return {};
  const char* folder = std::getenv(X509_get_default_cert_dir_env());
  const std::filesystem::directory_iterator entries(folder != nullptr ? folder : X509_get_default_cert_dir(), failed);
  if (!failed && entries != std::filesystem::directory_iterator()) return {};
  return "this machine has no list of trusted authorities (the package ca-certificates)";
}

std::string unknown_issuer(const Refusal& refusal, const char* what) {
  std::string text = what;
  if (refusal.authority_given) return text + ", and not in tls_ca";
  const std::string missing = missing_authorities();
  return missing.empty() ? text + "; set tls_ca to a file with the authority" : text + ": " + missing;
}

}  // namespace

Made make_tls_context(const TlsOptions& options) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  const auto fault = [](const char* option, const std::string& file, std::string why) {
    ERR_clear_error();
    return Made(boost::system::in_place_error, TlsFault{option, file, std::move(why)});
  };

  if (options.authority.empty()) {
    SSL_CTX_set_default_verify_paths(native);
  } else {
    if (std::string why = unreadable(options.authority); !why.empty())
      return fault("tls_ca", options.authority, std::move(why));
    if (SSL_CTX_load_verify_locations(native, options.authority.c_str(), nullptr) != 1)
      return fault("tls_ca", options.authority, "holds no certificate in PEM format");
  }
  if (options.certificate.empty()) {
    if (!options.key.empty()) return fault("tls_key", options.key, "needs a certificate: set tls_cert too");
    return context;
  }
  if (std::string why = unreadable(options.certificate); !why.empty())
    return fault("tls_cert", options.certificate, std::move(why));
  if (SSL_CTX_use_certificate_chain_file(native, options.certificate.c_str()) != 1)
    return fault("tls_cert", options.certificate, "holds no certificate in PEM format");
  const std::string& key = options.key.empty() ? options.certificate : options.key;
  if (std::string why = unreadable(key); !why.empty()) return fault("tls_key", key, std::move(why));
  if (std::string why = load_key(native, key); !why.empty()) return fault("tls_key", key, std::move(why));
  return context;
}

std::string explain(const Refusal& refusal) {
  const std::string whose = refusal.of_issuer ? "a certificate above the server's" : "the server's certificate";
  switch (refusal.result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return refusal.name_given ? "the server's certificate is not for the name that tls_server_name gives"
                                : "the server's certificate is not for the name or address that cartd connects to; if "
                                  "it is the right server, set tls_server_name to the certificate's name";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return unknown_issuer(refusal, "the server's certificate is self-signed");
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return unknown_issuer(refusal, "the issuer of the server's certificate is unknown");
    case X509_V_ERR_CERT_HAS_EXPIRED: return whose + " has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID: return whose + " is not valid yet";
    case X509_V_ERR_INVALID_PURPOSE: return whose + " is not meant for servers";
    case X509_V_ERR_CERT_REVOKED: return whose + " was revoked";
    default: return whose + " was not accepted: " + X509_verify_cert_error_string(refusal.result);
  }
}

int alert_of(const boost::system::error_code& error) {
  if (error.category() != boost::asio::error::get_ssl_category()) return 0;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  return reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255 ? reason - SSL_AD_REASON_OFFSET : 0;
}

std::string explain_alert(int alert, bool certificate_shown) {
  const char* missing = "the server requires a client certificate: set tls_cert and tls_key";
  const std::string refused = "the server refused the client certificate of tls_cert";
  switch (alert) {
    case SSL_AD_CERTIFICATE_REQUIRED: return missing;
    case SSL_AD_HANDSHAKE_FAILURE:
      return certificate_shown
                 ? "the server refused the handshake"
                 : "the server refused the handshake; it may require a client certificate (tls_cert, tls_key)";
    case SSL_AD_UNKNOWN_CA:
      return certificate_shown ? refused + ": its issuer is unknown there" : "the server refused the handshake";
    case SSL_AD_CERTIFICATE_EXPIRED: return refused + ": it has expired";
    case SSL_AD_CERTIFICATE_REVOKED: return refused + ": it was revoked";
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_ACCESS_DENIED: return certificate_shown ? refused : missing;
    case SSL_AD_PROTOCOL_VERSION: return "the server speaks neither TLS 1.2 nor TLS 1.3";
    case SSL_AD_UNRECOGNIZED_NAME:
      return "the server does not know the requested name; set another one with tls_server_name";
    default: return "the server refused the handshake: TLS alert " + std::to_string(alert);
  }
}

bool is_no_tls(const boost::system::error_code& error) {
  if (error.category() != boost::asio::error::get_ssl_category()) return false;
  const int reason = ERR_GET_REASON(static_cast<unsigned long>(error.value()));
  return reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_PACKET_LENGTH_TOO_LONG ||
         reason == SSL_R_UNEXPECTED_MESSAGE || reason == SSL_R_RECORD_LENGTH_MISMATCH || reason == SSL_R_HTTP_REQUEST;
}

}  // namespace cartd::redis
