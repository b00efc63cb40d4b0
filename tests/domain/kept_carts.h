// Random carts as stores keep them.
#pragma once

#include "domain/generators.h"
#include "domain/kept_cart.h"

#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

/// Lines, each once, in the order in which they are shown.
inline rc::Gen<std::vector<Line>> any_lines() {
  const auto line = rc::gen::tuple(any_line(), rc::gen::inRange<std::int64_t>(1, 2'000'000), any_details());
  return rc::gen::map(rc::gen::container<std::vector<std::tuple<LineId, std::int64_t, LineDetails>>>(line),
                      [](const std::vector<std::tuple<LineId, std::int64_t, LineDetails>>& drawn) {
                        std::vector<Line> lines;
                        std::set<std::string> seen;
                        for (const auto& [id, quantity, details] : drawn) {
                          if (lines.size() == 5 || !seen.insert(id.str()).second) continue;
                          auto described = std::make_shared<LineDetails>(details);
                          described->added_at = Time(Millis(1'700'000'000'000 + quantity));
                          if (quantity % 3 == 0) described->price_was = money(quantity, "EUR");
                          lines.push_back({id, quantity, details.empty() ? nullptr : std::move(described)});
                        }
                        std::sort(lines.begin(), lines.end(), shown_before);
                        return lines;
                      });
}

/// A cart of this id that is there at `now`, or that is gone and has left orders.
inline rc::Gen<KeptCart> any_kept_cart(CartId id, Time now) {
  return rc::gen::map(
      rc::gen::tuple(any_lines(), any_metadata(), rc::gen::inRange<std::uint64_t>(0, 1U << 16), any_checkout()),
      [id, now](const std::tuple<std::vector<Line>, std::string, std::uint64_t, Checkout>& parts) {
        const auto& [lines, metadata, bits, checkout] = parts;
        const auto has = [bits = bits](int bit) { return (bits >> bit & 1) != 0; };
        KeptCart kept{CartRecord{Cart{id}}};
        CartRecord& record = kept.record;
        record.cart.version = 1 + bits;
        const bool is_gone = has(0) && has(1) && has(2);
        if (!is_gone) {
          record.cart.lines = lines;
          record.cart.metadata = metadata;
          if (has(3)) record.cart.owner = user_id("u1");
          if (bits % 5 == 0) record.cart.kind = kind_from("saved").value();
          record.cart.created_at = now - std::chrono::hours(5);
          record.cart.updated_at = now - Millis(bits);
          record.cart.expires_at = now + std::chrono::hours(1) + Millis(bits);
        }
        for (ProducerId producer = 1; producer <= bits % 4 + 1; ++producer)
          record.applied_sequences.push_back({producer << 40, bits * producer + 1});
        if (has(4)) record.keys.push_back({{"0123456789abcdef", "0123456789A"}, now - Millis(bits)});
        if (has(5)) record.keys.push_back({{"fedcba9876543210", "A9876543210"}, now});
        if (is_gone || has(6)) {
          Checkout content = checkout;
          content.id = CheckoutId::parse("checkout-of-" + std::to_string(std::hash<CartId>{}(id))).value();
          content.cart = id;
          content.forget_at = now + std::chrono::days(30);
          record.checkouts.push_back({content.id, content.order ? CheckoutState::completed : CheckoutState::open,
                                      content.begun_at, content.expires_at, content.forget_at, "0123456789abcdef",
                                      content.order ? "fedcba9876543210" : ""});
          kept.checkouts.push_back(std::make_shared<const Checkout>(std::move(content)));
        }
        if (has(7) && !lines.empty())
          record.transfer = std::make_shared<const Transfer>(
              Transfer{"0123456789abcdef", cart_id("target"), MergePolicy::max, lines,
                       Idempotency{"0123456789abcdef", "fingerprin1"}, now, now + std::chrono::hours(24)});
        if (has(8)) record.taken.push_back({"fedcba9876543210", now + std::chrono::hours(25)});
        return kept_at(std::move(kept), now, std::chrono::hours(24));
      });
}

}  // namespace cartd::test
