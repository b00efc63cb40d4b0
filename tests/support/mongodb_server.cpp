#include "support/mongodb_server.h"

#include "support/free_port.h"
#include "support/wait_until.h"

#include <mongoc/mongoc.h>
#include <signal.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace cartd::test {
namespace {

using nlohmann::json;

constexpr const char* mongodb_log = "server.log";

const char* outside_url() { return std::getenv("CARTD_TEST_MONGODB_URL"); }

/// Empty where there is none.
std::string mongod_program() {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (const std::string program = folder + "/mongod"; ::access(program.c_str(), X_OK) == 0) return program;
  return "";
}

struct Destroy {
  void operator()(mongoc_client_t* client) const { mongoc_client_destroy(client); }
};

struct MongodbDriver {
  MongodbDriver() {
    mongoc_init();
    mongoc_log_set_handler(nullptr, nullptr);
  }
};

/// From a JSON text.
struct Bson {
  explicit Bson(const std::string& text)
      : document(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(text.c_str()), -1, &error)) {
    if (document == nullptr) throw std::runtime_error(error.message);
  }
  ~Bson() { bson_destroy(document); }
  Bson(const Bson&) = delete;
  Bson& operator=(const Bson&) = delete;

  bson_error_t error{};
  bson_t* document;
};

}  // namespace

MongodbServer::Kind MongodbServer::kind() {
  if (outside_url() != nullptr) return Kind::outside;
  if (!mongod_program().empty()) return Kind::mongod;
  return ::access(FERRETDB_PROGRAM, X_OK) == 0 ? Kind::ferretdb : Kind::none;
}

MongodbServer::MongodbServer() {
  if (!has_process()) return;
  port_ = free_port();
  restart();
}

MongodbServer::~MongodbServer() {
  thaw();
  if (kind() == Kind::outside)
    for (const std::string& database : databases_) try {
        command(database, R"({"dropDatabase":1})");
      } catch (const std::exception&) {
        // It is away.
      }
  kill();
}

void MongodbServer::launch() {
  std::vector<std::string> words{FERRETDB_PROGRAM, "127.0.0.1:" + std::to_string(port_), folder_.path()};
  if (kind() == Kind::mongod)
    words = {mongod_program(), "--dbpath", folder_.path(), "--bind_ip", "127.0.0.1", "--port", std::to_string(port_)};
  process_ = std::make_unique<Process>(
      words, ProcessOptions{.folder = folder_.path(), .output = folder_.path() / mongodb_log});
}

bool MongodbServer::answers() const {
  try {
    command("admin", R"({"ping":1})");
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void MongodbServer::restart() {
  const bool ready = wait_until([this] {
    if (!process_ || !process_->running()) launch();
    return wait_until([this] { return !process_->running() || answers(); }) && process_->running();
  });
  if (!ready) throw std::runtime_error("the MongoDB server does not start:\n" + log());
}

std::string MongodbServer::log() const { return read_text(folder_.path() / mongodb_log); }

std::string MongodbServer::create_database() {
  databases_.push_back("cartd_test_" + std::to_string(::getpid()) + "_" + std::to_string(databases_.size()));
  return databases_.back();
}

std::string MongodbServer::url(const std::string& database, std::uint16_t port) const {
  if (kind() != Kind::outside)
    return "mongodb://127.0.0.1:" + std::to_string(port == 0 ? port_ : port) + "/" + database;
  // With ?authSource= where its user is in another database than those of the tests.
  const std::string outside = outside_url();
  const std::size_t hosts = outside.find("//");
  if (hosts == std::string::npos) throw std::runtime_error("CARTD_TEST_MONGODB_URL is no URL");
  const std::size_t options = std::min(outside.find('?'), outside.size());
  const std::size_t path = std::min(outside.find('/', hosts + 2), options);
  return outside.substr(0, path) + "/" + database + outside.substr(options);
}

json MongodbServer::command(const std::string& database, const std::string& command) const {
  static const MongodbDriver driver;
  const std::unique_ptr<mongoc_client_t, Destroy> client(mongoc_client_new(url(database).c_str()));
  if (!client) throw std::runtime_error("the URL of the MongoDB server is none");
  const Bson question(command);
  bson_t reply = BSON_INITIALIZER;
  bson_error_t error{};
  const bool done =
      mongoc_client_command_simple(client.get(), database.c_str(), question.document, nullptr, &reply, &error);
  std::unique_ptr<char, decltype(&bson_free)> text(bson_as_relaxed_extended_json(&reply, nullptr), &bson_free);
  bson_destroy(&reply);
  if (!done) throw std::runtime_error(error.message);
  json answer = json::parse(text.get());
  if (answer.contains("writeErrors")) throw std::runtime_error(answer.dump());
  return answer;
}

json MongodbServer::find(const std::string& database, const std::string& collection, const std::string& filter) const {
  return command(database, R"({"find":")" + collection + R"(","filter":)" + filter +
                               R"(,"limit":1000,"batchSize":1000,"singleBatch":true})")
      .at("cursor")
      .at("firstBatch");
}

void MongodbServer::update(const std::string& database, const std::string& collection, const std::string& filter,
                           const std::string& change) const {
  command(database, R"({"update":")" + collection + R"(","updates":[{"q":)" + filter + R"(,"u":)" + change +
                        R"(,"multi":true}]})");
}

void MongodbServer::insert(const std::string& database, const std::string& collection,
                           const std::string& document) const {
  command(database, R"({"insert":")" + collection + R"(","documents":[)" + document + "]}");
}

void MongodbServer::kill() {
  if (process_) process_->kill();
}

void MongodbServer::freeze() {
  if (!process_ || !process_->running()) return;
  process_->signal(SIGSTOP);
  // Its threads stop one after the other.
  const std::string tasks = "/proc/" + std::to_string(process_->pid()) + "/task";
  wait_until([&] {
    for (const auto& task : std::filesystem::directory_iterator(tasks))
      if (read_text(task.path() / "stat").find(") T ") == std::string::npos) return false;
    return true;
  });
}

void MongodbServer::thaw() {
  if (process_ && process_->running()) process_->signal(SIGCONT);
}

MongodbServer& shared_mongodb() {
  static MongodbServer server;
  return server;
}

}  // namespace cartd::test
