#include "support/postgres_server.h"

#include "support/free_port.h"
#include "support/wait_until.h"

#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace cartd::test {
namespace {

constexpr const char* log_file = "server.log";
constexpr const char* superuser = "cartd";

/// Where Debian puts the programs of the newest version that is installed; a folder on the PATH elsewhere.
std::filesystem::path program(const std::string& name) {
  std::filesystem::path newest;
  double highest = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const std::filesystem::path found = entry.path() / "bin" / name;
    const double version = std::strtod(entry.path().filename().c_str(), nullptr);
    if (!std::filesystem::exists(found) || version <= highest) continue;
    highest = version;
    newest = found;
  }
  return newest.empty() ? std::filesystem::path(name) : newest;
}

/// Whether it runs no more for now (SIGSTOP) or is gone.
bool is_stopped(int pid) {
  const std::string stat = read_text("/proc/" + std::to_string(pid) + "/stat");
  const auto name_ends = stat.rfind(") ");
  return name_ends == std::string::npos || stat[name_ends + 2] == 'T' || stat[name_ends + 2] == 'Z';
}

/// Whom to be instead of root; null when nobody has to be.
const passwd* unprivileged_user() {
  if (::geteuid() != 0) return nullptr;
  if (const passwd* user = ::getpwnam("postgres")) return user;
  return ::getpwnam("nobody");
}

}  // namespace

struct PostgresProbe::Connection {
  explicit Connection(const std::string& url) : handle(PQconnectdb(url.c_str())) {}
  ~Connection() { PQfinish(handle); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  PGconn* handle;
};

PostgresProbe::PostgresProbe(const std::string& url) : connection_(std::make_unique<Connection>(url)) {
  if (PQstatus(connection_->handle) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection_->handle));
}

PostgresProbe::~PostgresProbe() = default;

PostgresRows PostgresProbe::query(const std::string& sql) {
  PGresult* const result = PQexec(connection_->handle, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  PostgresRows rows;
  for (int row = 0; row < PQntuples(result); ++row) {
    rows.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column)
      rows.back().emplace_back(PQgetvalue(result, row, column));
  }
  const std::string why = PQresultErrorMessage(result);
  PQclear(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw std::runtime_error(why);
  return rows;
}

PostgresServer::PostgresServer(PostgresServerOptions options) : options_(std::move(options)), port_(free_port()) {
  own(folder_.path());
  if (!options_.tls_names.empty()) {
    certificates_ = make_certificates(folder_.path() / "tls", options_.tls_names);
    own(certificates_->certificate.parent_path());
    own(certificates_->certificate);
    own(certificates_->key);
    std::filesystem::permissions(certificates_->key, std::filesystem::perms::owner_read);
  }
  initialize();
  restart();
}

PostgresServer::~PostgresServer() { kill(); }

std::filesystem::path PostgresServer::data() const {
  return (options_.data_in.empty() ? folder_.path() : options_.data_in) / "data";
}

std::vector<std::string> PostgresServer::as_its_user(std::vector<std::string> command) const {
  const passwd* user = unprivileged_user();
  if (user == nullptr) return command;
  // A process that becomes somebody else outlives its parent unless it says again that it does not want to.
  std::vector<std::string> all{"setpriv",
                               "--reuid=" + std::to_string(user->pw_uid),
                               "--regid=" + std::to_string(user->pw_gid),
                               "--clear-groups",
                               "--pdeathsig=KILL",
                               "--"};
  all.insert(all.end(), command.begin(), command.end());
  return all;
}

void PostgresServer::own(const std::filesystem::path& path) const {
  if (const passwd* user = unprivileged_user())
    if (::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) throw std::runtime_error("chown " + path.string());
}

void PostgresServer::initialize() {
  const std::filesystem::path password_file = folder_.path() / "password";
  std::vector<std::string> command{program("initdb"),
                                   "--pgdata",
                                   data(),
                                   "--username",
                                   superuser,
                                   "--encoding",
                                   "UTF8",
                                   "--locale",
                                   "C",
                                   "--no-sync",
                                   "--no-instructions",
                                   "--auth",
                                   options_.password.empty() ? "trust" : "scram-sha-256"};
  if (!options_.password.empty()) {
    std::ofstream(password_file) << options_.password << "\n";
    own(password_file);
    command.insert(command.end(), {"--pwfile", password_file});
  }
  const std::filesystem::path output = folder_.path() / log_file;
  if (run_to_end(as_its_user(command), {.folder = folder_.path(), .output = output}) != 0)
    throw std::runtime_error("initdb fails:\n" + log());
}

void PostgresServer::launch() {
  std::vector<std::string> command{program("postgres"),
                                   "-D",
                                   data(),
                                   "-c",
                                   "listen_addresses=127.0.0.1",
                                   "-c",
                                   "port=" + std::to_string(port_),
                                   "-c",
                                   "unix_socket_directories=" + folder_.path().string(),
                                   "-c",
                                   "shared_buffers=32MB",
                                   "-c",
                                   "dynamic_shared_memory_type=mmap",  // In its folder, and removed with that.
                                   "-c",
                                   std::string("fsync=") + (options_.fsync ? "on" : "off")};
  if (certificates_)
    command.insert(command.end(), {"-c", "ssl=on", "-c", "ssl_cert_file=" + certificates_->certificate.string(), "-c",
                                   "ssl_key_file=" + certificates_->key.string()});
  for (const std::string& setting : options_.settings) command.insert(command.end(), {"-c", setting});
  process_ = std::make_unique<Process>(as_its_user(command),
                                       ProcessOptions{.folder = folder_.path(), .output = folder_.path() / log_file});
}

bool PostgresServer::answers() const {
  try {
    return value("postgres", "SELECT 1") == "1";
  } catch (const std::runtime_error&) {
    return false;
  }
}

void PostgresServer::restart() {
  frozen_ = false;
  // What is left of a killed server keeps its successor from starting for a moment.
  const bool ready = wait_until([this] {
    if (!process_ || !process_->running()) launch();
    return wait_until([this] { return !process_->running() || answers(); }) && process_->running();
  });
  if (!ready) throw std::runtime_error("postgres does not start:\n" + log());
}

std::string PostgresServer::log() const { return read_text(folder_.path() / log_file); }

std::string PostgresServer::url(const std::string& database, std::uint16_t port) const {
  const std::string password = options_.password.empty() ? "" : ":" + options_.password;
  return std::string("postgresql://") + superuser + password +
         "@127.0.0.1:" + std::to_string(port == 0 ? port_ : port) + "/" + database;
}

std::string PostgresServer::create_database() {
  std::string name = "shop_" + std::to_string(++databases_);
  query("postgres", "CREATE DATABASE " + name);
  return name;
}

PostgresRows PostgresServer::query(const std::string& database, const std::string& sql) const {
  return PostgresProbe(url(database) + "?connect_timeout=10").query(sql);
}

std::string PostgresServer::value(const std::string& database, const std::string& sql) const {
  return query(database, sql).at(0).at(0);
}

std::vector<int> PostgresServer::processes() const {
  std::vector<int> all;
  if (!process_) return all;
  const std::string pid = std::to_string(process_->pid());
  all.push_back(process_->pid());
  std::istringstream children(read_text("/proc/" + pid + "/task/" + pid + "/children"));
  for (int child = 0; children >> child;) all.push_back(child);
  return all;
}

void PostgresServer::signal_all(int number) {
  if (!process_ || !process_->running()) return;
  for (const int pid : processes()) ::kill(pid, number);
}

void PostgresServer::kill() {
  // Its children would go on for a moment, and one that starts or ends just now would be missed.
  freeze();
  signal_all(SIGKILL);
  if (process_) process_->kill();
}

void PostgresServer::stop() {
  if (!process_) return;
  process_->signal(SIGINT);
  process_->wait();
}

void PostgresServer::freeze() {
  frozen_ = true;
  if (!process_ || !process_->running()) return;
  // The kernel's list of children misses some while others end. The first of them, stopped, starts no more; once
  // nobody was left to stop twice in a row, all are.
  int calm = 0;
  wait_until([&] {
    ++calm;
    for (const int pid : processes()) {
      if (is_stopped(pid)) continue;
      ::kill(pid, SIGSTOP);
      calm = 0;
    }
    return calm == 2;
  });
}

void PostgresServer::thaw() {
  frozen_ = false;
  signal_all(SIGCONT);
}

PostgresServer& shared_postgres() {
  static PostgresServer server({.fsync = false});
  return server;
}

}  // namespace cartd::test
