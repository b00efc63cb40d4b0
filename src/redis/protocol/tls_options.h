// TLS with a Redis server: which authorities to trust, and the certificate that cartd shows.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::redis {

struct TlsOptions {
  std::string authority{};    ///< File of the authorities to trust, PEM; empty: those that OpenSSL trusts by default.
  std::string certificate{};  ///< File of the client's certificate and what it is signed by, PEM; empty: none is shown.
  std::string key{};          ///< File of its private key, PEM; empty: in the certificate's file.
  std::string server_name{};  ///< The name in the server's certificate; empty: the host of the connection.
  std::optional<bool> verify{};  ///< False: the server's certificate is not looked at. Without a value it is.

  bool verifies() const { return verify.value_or(true); }

  friend bool operator==(const TlsOptions&, const TlsOptions&) = default;
};

/// The names under which people set them: "tls_ca", "tls_cert", "tls_key", "tls_server_name", "tls_verify".
inline constexpr std::array<std::string_view, 5> tls_option_names{"tls_ca", "tls_cert", "tls_key", "tls_server_name",
                                                                  "tls_verify"};

/// Sets the option of one of these names. Empty, or the end of a sentence that begins with the name and says what is
/// wrong with `value`, without repeating it.
std::string set_tls_option(TlsOptions& options, std::string_view name, std::string_view value);
/// The option of one of these names as set_tls_option() takes it; empty when it is not set.
std::string tls_option(const TlsOptions& options, std::string_view name);

}  // namespace cartd::redis
