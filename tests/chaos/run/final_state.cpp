#include "chaos/run/final_state.h"

#include "chaos/deployment/data_in_redis.h"
#include "chaos/workload/client.h"
#include "chaos/workload/purchase_client.h"
#include "support/http_client.h"
#include "support/redis_probe.h"

#include <stdexcept>

namespace cartd::test {

std::vector<FinalCarts> read_carts(Deployment& deployment, const Fleet& fleet, const std::vector<std::string>& carts) {
  std::vector<FinalCarts> all;
  for (int i = 0; i < fleet.size(); ++i) {
    FinalCarts& source = all.emplace_back(FinalCarts{.source = "cartd " + std::to_string(i)});
    HttpClient client(fleet.port(i));
    for (const std::string& cart : carts) {
      const auto view = view_of(client.get("/v1/carts/" + cart));
      if (!view) throw std::runtime_error(source.source + " does not show cart " + cart + " in the end");
      source.carts[cart] = *view;
    }
  }
  if (deployment.url().empty()) return all;
  FinalCarts& redis = all.emplace_back(FinalCarts{.source = "Redis"});
  for (const std::string& cart : carts) {
    RedisProbe probe = deployment.probe_for("cart:" + cart);
    redis.carts[cart] = read_cart(probe, cart);
  }
  return all;
}

std::vector<FinalUsers> read_users(Deployment& deployment, const Fleet& fleet, const std::vector<std::string>& users) {
  std::vector<FinalUsers> all;
  for (int i = 0; i < fleet.size(); ++i) {
    FinalUsers& source = all.emplace_back(FinalUsers{.source = "cartd " + std::to_string(i)});
    HttpClient client(fleet.port(i));
    for (const std::string& user : users) {
      const auto fields = user_of(client.get("/v1/users/" + user));
      if (!fields) throw std::runtime_error(source.source + " does not show user " + user + " in the end");
      source.users[user] = *fields;
    }
  }
  if (deployment.url().empty()) return all;
  FinalUsers& redis = all.emplace_back(FinalUsers{.source = "Redis"});
  for (const std::string& user : users) {
    RedisProbe probe = deployment.probe_for("user:" + user);
    redis.users[user] = read_user(probe, user);
  }
  return all;
}

std::vector<FinalOrders> read_orders(const Fleet& fleet, const std::vector<std::string>& carts,
                                     const std::set<std::string>& checkouts) {
  std::vector<FinalOrders> all;
  for (int i = 0; i < fleet.size(); ++i) {
    FinalOrders& source = all.emplace_back(FinalOrders{.source = "cartd " + std::to_string(i)});
    HttpClient client(fleet.port(i));
    const auto take = [&](const std::string& path) {
      const HttpResponse response = client.get(path);
      if (response.status == 404) return;
      if (response.status != 200) throw std::runtime_error(source.source + " does not show " + path + " in the end");
      for (OrderView& order : orders_of(response)) source.orders.push_back(std::move(order));
    };
    for (const std::string& cart : carts) take("/v1/carts/" + cart + "/orders");
    for (const std::string& checkout : checkouts) take("/v1/orders/" + checkout);
  }
  return all;
}

}  // namespace cartd::test
