#include "simulation/plain_write.h"

#include <stdexcept>

namespace cartd::simulation {

using test::Op;

std::int64_t write_plainly(StoredCart& stored, const test::Operation& operation) {
  Cart& cart = stored.record.cart;
  if (operation.op == Op::del) {
    const bool was_there = !cart.lines.empty();
    cart.lines.clear();
    return was_there ? 1 : 0;
  }
  const LineId line = *LineId::parse(operation.sku);
  switch (operation.op) {
    case Op::hincrby: {
      const std::int64_t quantity = quantity_of(cart, line) + operation.n;
      write_line(stored, line, quantity);
      return quantity;
    }
    case Op::hset: return write_line(stored, line, operation.n) ? 0 : 1;
    case Op::hdel: return write_line(stored, line, 0) ? 1 : 0;
    default: throw std::logic_error("no command of a plain client");
  }
}

}  // namespace cartd::simulation
