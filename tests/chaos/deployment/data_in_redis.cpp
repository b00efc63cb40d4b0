#include "chaos/deployment/data_in_redis.h"

#include <map>
#include <stdexcept>

namespace cartd::test {
namespace {

std::map<std::string, std::string> read_hash(RedisProbe& probe, const std::string& key) {
  const RedisValue hash = probe.command({"HGETALL", key});
  if (hash.type != RedisValue::Type::array) throw std::runtime_error("Redis does not show " + key + ": " + hash.text);
  std::map<std::string, std::string> fields;
  for (std::size_t i = 0; i + 1 < hash.elements.size(); i += 2)
    fields[hash.elements[i].text] = hash.elements[i + 1].text;
  return fields;
}

}  // namespace

CartView read_cart(RedisProbe& probe, const std::string& cart) {
  CartView view;
  for (const auto& [sku, quantity] : read_hash(probe, "cart:" + cart)) view.quantities[sku] = std::stoll(quantity);
  auto meta = read_hash(probe, "{cart:" + cart + "}:meta");
  if (!meta["v"].empty()) view.version = std::stoull(meta["v"]);
  view.owner = meta["o"];
  view.metadata = meta["a"];
  return view;
}

UserFields read_user(RedisProbe& probe, const std::string& user) { return read_hash(probe, "user:" + user); }

}  // namespace cartd::test
