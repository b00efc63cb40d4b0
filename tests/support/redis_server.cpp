#include "support/redis_server.h"

#include "support/free_port.h"
#include "support/sanitized.h"
#include "support/wait_until.h"

#include <signal.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace cartd::test {
namespace {
constexpr const char* common_address = "127.0.0.1";
constexpr const char* log_file = "server.log";
constexpr const char* config_file = "server.conf";
}  // namespace

std::vector<std::string> server_binaries() {
  std::vector<std::string> binaries = {"redis-server"};
  if (!is_sanitized && is_installed("valkey-server")) binaries.emplace_back("valkey-server");
  return binaries;
}

RedisServer::RedisServer(RedisServerOptions options) : options_(std::move(options)) {
  certificates_ = options_.certificates;
  if (!options_.tls_names.empty()) certificates_ = make_certificates(folder_.path() / "tls", options_.tls_names);
  port_ = options_.port == 0 ? free_port() : options_.port;
  if (certificates_) tls_port_ = free_port();
  if (!options_.config.empty()) std::ofstream(folder_.path() / config_file) << options_.config;
  if (options_.start) restart();
}

std::vector<std::string> RedisServer::command() const {
  std::vector<std::string> list = {options_.binary};
  if (!options_.config.empty()) list.push_back((folder_.path() / config_file).string());
  list.insert(list.end(), {"--bind", options_.address, "--port", std::to_string(port_), "--dir",
                           folder_.path().string(), "--unixsocket", socket().string(), "--save", ""});
  // In protected mode it would serve no other loopback address than 127.0.0.1.
  list.insert(list.end(), {"--protected-mode", "no"});
  if (options_.address != common_address) list.insert(list.end(), {"--bind-source-addr", options_.address});
  if (!options_.password.empty()) list.insert(list.end(), {"--requirepass", options_.password});
  for (const std::string& user : options_.users) {
    // The server takes the words of a line as arguments of their own.
    list.emplace_back("--user");
    std::istringstream words(user);
    for (std::string word; words >> word;) list.push_back(word);
  }
  if (certificates_) {
    list.insert(list.end(), {"--tls-port", std::to_string(tls_port_), "--tls-cert-file",
                             certificates_->certificate.string(), "--tls-key-file", certificates_->key.string(),
                             "--tls-ca-cert-file", certificates_->authority.string(), "--tls-auth-clients", "no"});
  }
  list.insert(list.end(), options_.arguments.begin(), options_.arguments.end());
  return list;
}

void RedisServer::launch() {
  process_ = std::make_unique<Process>(command(),
                                       ProcessOptions{.folder = folder_.path(), .output = folder_.path() / log_file});
}

bool RedisServer::answers() {
  try {
    return probe().command({"PING"}).text == "PONG";
  } catch (const std::runtime_error&) {
    return false;
  }
}

void RedisServer::restart() {
  frozen_ = false;
  launch();
  const bool ready = wait_until([this] { return !process_->running() || answers(); });
  if (!ready || !process_->running())
    throw std::runtime_error(options_.binary + " does not start:\n" + read_text(folder_.path() / log_file));
}

std::string RedisServer::url() const {
  const std::string user = options_.password.empty() ? "" : ":" + options_.password + "@";
  return "redis://" + user + options_.address + ":" + std::to_string(port_);
}

void RedisServer::kill() {
  if (process_) process_->kill();
}

void RedisServer::stop() {
  if (!process_) return;
  process_->signal(SIGTERM);
  process_->wait();
}

void RedisServer::freeze() {
  frozen_ = true;
  if (process_) process_->signal(SIGSTOP);
}

void RedisServer::thaw() {
  frozen_ = false;
  if (process_) process_->signal(SIGCONT);
}

RedisProbe RedisServer::probe() const {
  RedisProbe probe(port_, options_.address);
  if (!options_.password.empty()) probe.text({"AUTH", options_.password});
  return probe;
}

}  // namespace cartd::test
