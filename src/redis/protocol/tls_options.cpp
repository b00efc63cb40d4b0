#include "redis/protocol/tls_options.h"

#include "redis/protocol/endpoint.h"

#include <algorithm>

namespace cartd::redis {
namespace {

std::string* text_of(TlsOptions& options, std::string_view name) {
  if (name == "tls_ca") return &options.authority;
  if (name == "tls_cert") return &options.certificate;
  if (name == "tls_key") return &options.key;
  if (name == "tls_server_name") return &options.server_name;
  return nullptr;
}

}  // namespace

std::string set_tls_option(TlsOptions& options, std::string_view name, std::string_view value) {
  if (value.empty()) return "is empty";
  if (name == "tls_verify") {
    if (value != "full" && value != "none") return "is neither full nor none";
    options.verify = value == "full";
    return {};
  }
  if (name == "tls_server_name" && !is_host(value)) return "is not a host name";
  if (value.find('\0') != std::string_view::npos) return "has a zero byte";
  *text_of(options, name) = value;
  return {};
}

std::string tls_option(const TlsOptions& options, std::string_view name) {
  if (name == "tls_verify") return !options.verify ? "" : *options.verify ? "full" : "none";
  TlsOptions copy = options;
  return *text_of(copy, name);
}

}  // namespace cartd::redis
