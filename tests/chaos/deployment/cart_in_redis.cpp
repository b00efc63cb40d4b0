#include "chaos/deployment/cart_in_redis.h"

#include <stdexcept>

namespace cartd::test {

CartView read_cart(RedisProbe& probe, const std::string& cart) {
  const RedisValue lines = probe.command({"HGETALL", "cart:" + cart});
  if (lines.type != RedisValue::Type::array) throw std::runtime_error("Redis does not show cart " + cart + ": " + lines.text);
  CartView view;
  for (std::size_t i = 0; i + 1 < lines.elements.size(); i += 2)
    view.quantities[lines.elements[i].text] = std::stoll(lines.elements[i + 1].text);
  const std::string version = probe.text({"HGET", "{cart:" + cart + "}:meta", "v"});
  if (!version.empty()) view.version = std::stoull(version);
  return view;
}

}  // namespace cartd::test
