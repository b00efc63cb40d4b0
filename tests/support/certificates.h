// Certificates for servers under test, made by the openssl program.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace cartd::test {

struct Certificates {
  std::filesystem::path authority;    ///< The authority's certificate, PEM.
  std::filesystem::path certificate;  ///< The server's, signed by it.
  std::filesystem::path key;          ///< The server's private key.
};

/// When a certificate is valid, as openssl writes it: "20200131000000Z".
struct Validity {
  std::string from;
  std::string until;
};
inline const Validity long_ago{"20200101000000Z", "20200201000000Z"};
inline const Validity far_ahead{"20900101000000Z", "20900201000000Z"};

/// A new authority, and a server certificate by it for `names`, such as "DNS:localhost,IP:127.0.0.1", in `folder`. It
/// is valid today and tomorrow unless `validity` says otherwise.
Certificates make_certificates(const std::filesystem::path& folder, const std::string& names,
                               const std::optional<Validity>& validity = std::nullopt);

}  // namespace cartd::test
