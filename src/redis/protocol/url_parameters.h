// The parameters after the question mark of a Redis URL.
#pragma once

#include "redis/protocol/tls_options.h"
#include "redis/protocol/url.h"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::redis {

/// cartd's own names are db, user, password, client_name, master, sentinel_user, sentinel_password and those of
/// TlsOptions. The names that other clients have for the same are understood, in any case and with or without "_" and
/// "-": database, username, clientName, connectionName, sentinelMasterId, service_name, ssl_cert_reqs, ssl_ca_certs,
/// skip_verify, verifyPeer and the like. Hints that mean something to other clients only, such as socket_timeout, are
/// passed over by name.
struct UrlParameters {
  std::optional<unsigned> database{};
  std::optional<std::string> user{};
  std::optional<std::string> password{};
  std::optional<std::string> master{};  ///< The name of the master that the Sentinels watch.
  std::optional<std::string> sentinel_user{};
  std::optional<std::string> sentinel_password{};
  std::string client_name{};  ///< Of CLIENT SETNAME.
  std::optional<bool> tls{};  ///< ssl=true, tls=true: what rediss:// says.
  TlsOptions tls_options{};
  std::vector<std::string> ignored{};  ///< The names of what was passed over. Never a secret.
};

/// The parameters of `query`, which is empty or begins with a question mark. Or one sentence, without any part of it
/// that could be a secret, that says what is wrong.
boost::system::result<UrlParameters, std::string> parse_url_parameters(std::string_view query);

/// Adds what concerns a server. `path_database` is the one that the URL's path names, if it does. Empty, or what
/// contradicts the rest of the URL.
std::string apply(const UrlParameters& parameters, std::optional<unsigned> path_database, Url& url);

/// Adds "name=value" to the query of the URL `text`.
void append_parameter(std::string& text, std::string_view name, std::string_view value);
/// Adds what is set of `options`.
void append_parameters(std::string& text, const TlsOptions& options);

}  // namespace cartd::redis
