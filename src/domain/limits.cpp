#include "domain/limits.h"

#include <algorithm>

#include "util/utf8.h"

namespace cartd {
namespace {

Error too_long(const char* pointer, const char* limit, std::size_t bytes) {
  return Error{Errc::limit_exceeded, std::string("at most ") + std::to_string(bytes) + " bytes are allowed here",
               pointer, limit};
}

Result<void> check_quantity(std::int64_t quantity, std::int64_t lowest, const Limits& limits) {
  if (quantity >= lowest && quantity <= limits.max_quantity) return {};
  return Error{
      Errc::invalid,
      "a quantity must be an integer from " + std::to_string(lowest) + " to " + std::to_string(limits.max_quantity),
      "/quantity"};
}

Result<void> check_price(const Money& price, const char* pointer) {
  if (price.amount_minor >= 0 && price.amount_minor <= max_unit_price) return {};
  return Error{Errc::invalid, "a unit price must be from 0 to " + std::to_string(max_unit_price) + " minor units",
               pointer + std::string("/amount_minor")};
}

Result<void> check_details(const DetailsPatch& details, const Limits& limits) {
  if (details.name) {
    const std::string& name = *details.name;
    if (name.size() > limits.max_name_bytes) return too_long("/name", "name_bytes", limits.max_name_bytes);
    if (!util::is_utf8(name) || util::has_control(name))
      return Error{Errc::invalid, "a name must be UTF-8 without control characters", "/name"};
  }
  if (details.metadata && details.metadata->size() > limits.max_line_metadata_bytes)
    return too_long("/metadata", "line_metadata_bytes", limits.max_line_metadata_bytes);
  return details.unit_price && *details.unit_price ? check_price(**details.unit_price, "/unit_price") : Result<void>();
}

struct Validation {
  const Limits& limits;

  Result<void> operator()(const Add& add) const {
    if (auto quantity = check_quantity(add.quantity, 1, limits); !quantity) return quantity;
    return check_details(add.details, limits);
  }
  Result<void> operator()(const Remove& remove) const { return check_quantity(remove.quantity, 1, limits); }
  Result<void> operator()(const RemoveLine&) const { return {}; }
  Result<void> operator()(const Set& set) const {
    if (auto quantity = check_quantity(set.quantity, 0, limits); !quantity) return quantity;
    return check_details(set.details, limits);
  }
  Result<void> operator()(const Describe& describe) const { return check_details(describe.details, limits); }
  Result<void> operator()(const Reprice& reprice) const { return check_price(reprice.unit_price, "/unit_price"); }
  Result<void> operator()(const Clear&) const { return {}; }

  Result<void> operator()(const Batch& batch) const {
    if (batch.commands.empty()) return Error{Errc::invalid, "a batch needs at least one command"};
    for (std::size_t i = 0; i < batch.commands.size(); ++i) {
      auto checked = std::visit(*this, batch.commands[i]);
      if (checked) continue;
      Error error = checked.error();
      if (batch.commands.size() > 1) error.pointer = "/" + std::to_string(i) + error.pointer;
      return error;
    }
    return {};
  }
  Result<void> operator()(const Annotate& annotate) const {
    if (annotate.metadata && annotate.metadata->size() > limits.max_cart_metadata_bytes)
      return too_long("/metadata", "cart_metadata_bytes", limits.max_cart_metadata_bytes);
    return {};
  }
  Result<void> operator()(const Delete&) const { return {}; }
  Result<void> operator()(const Touch&) const { return {}; }
  Result<void> operator()(const BeginCheckout& begin) const {
    if (begin.metadata.size() > limits.max_cart_metadata_bytes)
      return too_long("/metadata", "cart_metadata_bytes", limits.max_cart_metadata_bytes);
    for (const Offer& offer : begin.offers) {
      if (offer.available && *offer.available < 0)
        return Error{Errc::invalid, "a quantity must be an integer from 0", "/available"};
      if (!offer.unit_price) continue;
      if (auto price = check_price(*offer.unit_price, "/prices"); !price)
        return Error{price.error().code, price.error().detail, "/prices"};
    }
    return {};
  }
  Result<void> operator()(const CompleteCheckout& complete) const {
    if (complete.payment_ref.empty()) return {};
    const auto ref = PaymentRef::parse(complete.payment_ref);
    return ref ? Result<void>() : Error{Errc::invalid, ref.error().detail, "/payment_ref"};
  }
  Result<void> operator()(const AbortCheckout&) const { return {}; }
  Result<void> operator()(const BeginTransfer& begin) const {
    if (!begin.lines) return {};
    if (begin.lines->empty()) return Error{Errc::invalid, "at least one line is to be named", "/lines"};
    for (std::size_t i = 0; i < begin.lines->size(); ++i) {
      const auto& quantity = (*begin.lines)[i].quantity;
      if (!quantity) continue;
      if (auto checked = check_quantity(*quantity, 1, limits); !checked) {
        Error error = checked.error();
        error.pointer = "/lines/" + std::to_string(i) + error.pointer;
        return error;
      }
    }
    return {};
  }
  Result<void> operator()(const TakeTransfer&) const { return {}; }
  Result<void> operator()(const FinishTransfer&) const { return {}; }
};

}  // namespace

Millis TtlPolicy::least() const {
  Millis least = CartTtl(standard, empty.value_or(standard), owned.value_or(standard)).least();
  for (const auto& [prefix, ttl] : by_prefix) least = std::min(least, ttl);
  return least;
}

CartTtl TtlPolicy::ttl_of(const CartId& id) const {
  const std::pair<std::string, Millis>* best = nullptr;
  for (const auto& rule : by_prefix)
    if (id.str().starts_with(rule.first) && (!best || rule.first.size() > best->first.size())) best = &rule;
  if (best) return best->second;
  return {standard, empty.value_or(standard), owned.value_or(standard)};
}

Result<void> validate(const Command& command, const Limits& limits) { return std::visit(Validation{limits}, command); }

}  // namespace cartd
