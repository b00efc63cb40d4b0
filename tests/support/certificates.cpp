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
  if (run_to_end(arguments, {.folder = folder, .output = log}) != 0)
    throw std::runtime_error("openssl failed: " + read_text(log));
}

}  // namespace

Certificates make_certificates(const std::filesystem::path& folder, const std::string& names,
                               const std::optional<Validity>& validity) {
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "names.ext") << "subjectAltName=" << names << "\n";
  const std::vector<std::string> new_key = {"req",   "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                                            "-nodes"};

  std::vector<std::string> authority = new_key;
  for (const char* argument :
       {"-x509", "-days", "2", "-subj", "/CN=cartd test authority", "-keyout", "ca.key", "-out", "ca.pem"}) {
    authority.emplace_back(argument);
  }
  openssl(folder, authority);

  std::vector<std::string> request = new_key;
  for (const char* argument : {"-subj", "/CN=cartd test server", "-keyout", "server.key", "-out", "server.csr"})
    request.emplace_back(argument);
  openssl(folder, request);

  if (validity) {
    std::ofstream(folder / "ca.cnf")
        << "[ca]\ndefault_ca = test\n[test]\ndatabase = index\nserial = serial\nnew_certs_dir = .\n"
           "default_md = sha256\npolicy = any\n[any]\ncommonName = supplied\n";
    std::ofstream(folder / "index") << "";
    std::ofstream(folder / "serial") << "01\n";
    openssl(folder, {"ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", "server.csr",
                     "-startdate", validity->from, "-enddate", validity->until, "-extfile", "names.ext", "-notext",
                     "-out", "server.pem"});
    return {folder / "ca.pem", folder / "server.pem", folder / "server.key"};
  }
  openssl(folder, {"x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days",
                   "2", "-extfile", "names.ext", "-out", "server.pem"});
  return {folder / "ca.pem", folder / "server.pem", folder / "server.key"};
}

}  // namespace cartd::test
