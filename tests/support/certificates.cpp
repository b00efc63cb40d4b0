#include "support/certificates.h"

#include "support/process.h"

#include <fstream>
#include <stdexcept>
#include <vector>

namespace cartd::test {
namespace {

void openssl(const std::filesystem::path& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  const std::filesystem::path log = folder / "openssl.log";
  if (run_to_end(arguments, {.folder = folder, .output = log}) != 0) throw std::runtime_error("openssl failed: " + read_text(log));
}

}  // namespace

Certificates make_certificates(const std::filesystem::path& folder, const std::string& names) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "names.ext") << "subjectAltName=" << names << "\n";
  const std::vector<std::string> new_key = {"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"};

  std::vector<std::string> authority = new_key;
  for (const char* argument : {"-x509", "-days", "2", "-subj", "/CN=cartd test authority", "-keyout", "ca.key", "-out", "ca.pem"}) {
    authority.emplace_back(argument);
  }
  openssl(folder, authority);

  std::vector<std::string> request = new_key;
  for (const char* argument : {"-subj", "/CN=cartd test server", "-keyout", "server.key", "-out", "server.csr"})
    request.emplace_back(argument);
  openssl(folder, request);

  openssl(folder, {"x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile",
                   "names.ext", "-out", "server.pem"});
  return {folder / "ca.pem", folder / "server.pem", folder / "server.key"};
}

}  // namespace cartd::test
