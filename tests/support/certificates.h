// Certificates for servers under test, made by the openssl program.
#pragma once

#include <filesystem>
#include <string>

namespace cartd::test {

struct Certificates {
  std::filesystem::path authority;    ///< The authority's certificate, PEM.
  std::filesystem::path certificate;  ///< The server's, signed by it.
  std::filesystem::path key;          ///< The server's private key.
};

/// A new authority, and a server certificate by it for `names`, such as "DNS:localhost,IP:127.0.0.1", in `folder`.
Certificates make_certificates(const std::filesystem::path& folder, const std::string& names);

}  // namespace cartd::test
