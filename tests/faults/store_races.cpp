#include "faults/store_races.h"

#include <cstdlib>

namespace cartd::test {

int StoreRaces::its_rounds() {
  const char* const text = std::getenv("TEST_ROUNDS");
  const int rounds = text != nullptr ? std::stoi(text) : 200;
  return GetParam() == "mongodb" ? (rounds + 3) / 4 : rounds;
}

std::vector<std::string> race_stores() {
  std::vector<std::string> stores = server_binaries();
  stores.insert(stores.end(), {"memory", "embedded", "postgres"});
  if (MongodbServer::kind() != MongodbServer::Kind::none) stores.emplace_back("mongodb");
  return stores;
}

std::map<std::string, int> pieces_of(const nlohmann::json& items) {
  std::map<std::string, int> pieces;
  for (const nlohmann::json& item : items) pieces[item.at("sku")] += item.at("quantity").get<int>();
  return pieces;
}

StoreRaces::StoreRaces() {
  if (GetParam() == "embedded") {
    arguments_.insert(arguments_.end(), {"--data-dir", folder_.path() / "data"});
  } else if (GetParam() == "postgres") {
    database_.emplace();
    variables_.emplace_back("DATABASE_URL", database_->url(database_->create_database()));
    others_.emplace(arguments_, variables_);
  } else if (GetParam() == "mongodb") {
    mongodb_.emplace();
    variables_.emplace_back("DATABASE_URL", mongodb_->url(mongodb_->create_database()));
    others_.emplace(arguments_, variables_);
  } else if (GetParam() != "memory") {
    redis_.emplace(RedisServerOptions{.binary = GetParam()});
    variables_.emplace_back("REDIS_URL", redis_->url());
    others_.emplace(arguments_, variables_);
  }
  start();
}

void StoreRaces::start() { cartd_.emplace(arguments_, variables_); }

void StoreRaces::crash() {
  cartd_->process().kill();
  start();
}

}  // namespace cartd::test
