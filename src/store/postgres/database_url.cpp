#include "store/postgres/database_url.h"

#include <libpq-fe.h>

#include <algorithm>
#include <cstddef>
#include <memory>

namespace cartd::postgres {
namespace {

constexpr std::string_view form = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE";

// What would break what the store takes for granted.
constexpr std::string_view refused_parameters[] = {"client_encoding", "replication"};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = list.find(',', begin);
    parts.push_back(list.substr(begin, end - begin));
  }
  return parts;
}

}  // namespace

std::string DatabaseUrl::parameter(std::string_view name) const {
  const auto found =
      std::find_if(parameters.begin(), parameters.end(), [&](const auto& given) { return given.first == name; });
  return found == parameters.end() ? std::string() : found->second;
}

boost::system::result<DatabaseUrl, std::string> parse_database_url(std::string_view text) {
  const std::string url(text);
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://"))
    return "the value is not a URL such as " + std::string(form);
  if (url.find('\0') != std::string::npos) return std::string("the URL has a zero byte");
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(url.c_str(), &message),
                                                                             &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned_message(message, &PQfreemem);
  // What libpq says about it may show a part of the password.
  if (!options)
    return "the value is not a URL such as " + std::string(form) +
           ", with parameters that libpq knows (special characters percent-encoded)";
  DatabaseUrl parsed;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view name = option->keyword;
    if (std::find(std::begin(refused_parameters), std::end(refused_parameters), name) != std::end(refused_parameters))
      return "the parameter " + std::string(name) + " is cartd's own";
    parsed.parameters.emplace_back(name, option->val);
  }
  return parsed;
}

std::string printable(const DatabaseUrl& url) {
  std::string given = url.parameter("host");
  if (given.empty()) given = url.parameter("hostaddr");
  const std::vector<std::string> hosts = split(given);
  const std::vector<std::string> ports = split(url.parameter("port"));
  std::string out = "postgresql://";
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (i > 0) out += ',';
    out += hosts[i];
    const std::string& port = ports.size() == 1 ? ports[0] : i < ports.size() ? ports[i] : std::string();
    if (!port.empty()) out += ':' + port;
  }
  return out + '/' + url.parameter("dbname");
}

}  // namespace cartd::postgres
