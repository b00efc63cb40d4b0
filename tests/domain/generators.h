// Random values for property tests. Few SKUs and small quantities, so that commands meet each other; texts out of
// awkward pieces, so that escapes and several bytes a character are common.
#pragma once

#include "domain/cart.h"
#include "domain/command.h"
#include "domain/record.h"

#include <rapidcheck.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

inline Sku sku(std::string_view text) { return Sku::parse(text).value(); }
inline CartId cart_id(std::string_view text) { return CartId::parse(text).value(); }
inline UserId user_id(std::string_view text) { return UserId::parse(text).value(); }
inline Money money(std::int64_t amount, std::string_view currency) {
  return {amount, Currency::parse(currency).value()};
}

/// UTF-8 without control characters, `least` to `most` characters.
inline rc::Gen<std::string> text(int least, int most) {
  const auto piece = rc::gen::element<std::string>("a", "Z", "7", " ", "\"", "\\", "/", "~", "{", "é", "€", "漢", "😀");
  return rc::gen::mapcat(rc::gen::inRange(least, most + 1), [piece](int count) {
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(static_cast<std::size_t>(count), piece),
                        [](const std::vector<std::string>& pieces) {
                          std::string joined;
                          for (const auto& one : pieces) joined += one;
                          return joined;
                        });
  });
}

inline rc::Gen<Sku> any_sku() {
  return rc::gen::map(
      rc::gen::weightedOneOf<std::string>({{9, rc::gen::element<std::string>("A", "B", "C", "D")}, {1, text(1, 20)}}),
      [](const std::string& name) { return sku(name); });
}

/// Compact JSON objects, and now and then none.
inline rc::Gen<std::string> any_metadata() {
  return rc::gen::element<std::string>("", "", R"({"a":1})", R"({"colour":"blue","n":[1.50,-0,1E40,null]})",
                                       R"({"é":{"\"":"\u0001\\"}})");
}

inline rc::Gen<std::optional<Money>> any_price() {
  return rc::gen::map(
      rc::gen::pair(rc::gen::element<std::string>("", "EUR", "EUR", "USD", "JPY"),
                    rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 5000), rc::gen::just(max_unit_price))),
      [](const std::pair<std::string, std::int64_t>& price) -> std::optional<Money> {
        if (price.first.empty()) return std::nullopt;
        return money(price.second, price.first);
      });
}

inline rc::Gen<LineId> any_line() {
  return rc::gen::map(rc::gen::pair(any_sku(), rc::gen::element<std::string>("", "", "", "red", "ä b")),
                      [](const std::pair<Sku, std::string>& line) {
                        if (line.second.empty()) return LineId(line.first);
                        return LineId(line.first, LineLabel::parse(line.second).value());
                      });
}

inline rc::Gen<LineDetails> any_details() {
  return rc::gen::map(
      rc::gen::tuple(text(0, 6), any_price(), any_metadata(), rc::gen::element<std::string>("", "", R"({"size":"L"})")),
      [](const std::tuple<std::string, std::optional<Money>, std::string, std::string>& parts) {
        return LineDetails{std::get<0>(parts), std::get<1>(parts), std::get<2>(parts), {}, std::get<3>(parts)};
      });
}

/// `merges`: as in Describe.
inline rc::Gen<DetailsPatch> any_details_patch(bool merges = false) {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 16), any_details()),
                      [merges](const std::pair<int, LineDetails>& parts) {
                        const auto& [named, details] = parts;
                        DetailsPatch patch;
                        if (named & 1) patch.name = details.name;
                        if (named & 2) patch.unit_price = details.unit_price;
                        if (named & 4) patch.metadata = details.metadata;
                        if (named & 8 && !merges) patch.options = details.options;
                        patch.merges_metadata = merges && !patch.metadata.value_or("").empty();
                        return patch;
                      });
}

/// Valid by validate(), with quantities that come near the limit now and then.
inline rc::Gen<LineCommand> any_line_command() {
  const auto quantity = rc::gen::weightedOneOf<std::int64_t>(
      {{8, rc::gen::inRange<std::int64_t>(1, 6)}, {1, rc::gen::inRange<std::int64_t>(999'990, 1'000'000)}});
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(0, 15), any_line(), quantity, any_details_patch(), any_details_patch(true)),
      [](const std::tuple<int, LineId, std::int64_t, DetailsPatch, DetailsPatch>& parts) -> LineCommand {
        const auto& [which, line, count, details, description] = parts;
        if (which < 5) return Add{line, count, details};
        if (which < 7) return Remove{line, count};
        if (which < 8) return RemoveLine{line};
        if (which < 11) return Set{line, which == 8 ? 0 : count, details};
        if (which < 13) return Describe{line, description};
        if (which < 14) return Reprice{line, money(count, "EUR")};
        return Clear{};
      });
}

inline rc::Gen<Batch> any_batch() {
  return rc::gen::mapcat(rc::gen::element(1, 1, 1, 2, 5), [](int size) {
    return rc::gen::map(
        rc::gen::container<std::vector<LineCommand>>(static_cast<std::size_t>(size), any_line_command()),
        [](std::vector<LineCommand> commands) { return Batch{std::move(commands)}; });
  });
}

inline rc::Gen<Annotate> any_annotate() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(0, 3), any_metadata(), rc::gen::element<std::string>("", "u1", "u2"),
                     rc::gen::element<std::string>("", "", "cart", "saved", "wishlist")),
      [](const std::tuple<int, std::string, std::string, std::string>& parts) {
        const auto& [which, metadata, owner, kind] = parts;
        Annotate annotate;
        if (which != 0) annotate.metadata = metadata;
        if (which != 1) {
          annotate.owner.emplace();
          if (!owner.empty()) *annotate.owner = user_id(owner);
        }
        if (!kind.empty()) annotate.kind = kind_from(kind).value();
        return annotate;
      });
}

inline rc::Gen<CheckoutId> any_checkout_id() {
  return rc::gen::map(rc::gen::inRange(0, 1000), [](int number) {
    return CheckoutId::parse("checkout-id-" + std::to_string(1000 + number)).value();
  });
}

inline rc::Gen<Checkout> any_checkout() {
  return rc::gen::map(
      rc::gen::tuple(any_checkout_id(), any_line(), any_details(), any_metadata(), rc::gen::inRange(0, 8)),
      [](const std::tuple<CheckoutId, LineId, LineDetails, std::string, int>& parts) {
        const auto& [id, line, details, metadata, flags] = parts;
        Checkout checkout{id, cart_id("123")};
        if (flags & 1) checkout.owner = user_id("u1");
        checkout.lines = {{line, 3, details.empty() ? nullptr : std::make_shared<const LineDetails>(details)}};
        checkout.cart_metadata = metadata;
        checkout.metadata = flags & 2 ? metadata : "";
        checkout.begun_at = Time(Millis(1'800'000'000'000));
        checkout.expires_at = checkout.begun_at + std::chrono::hours(1);
        checkout.forget_at = checkout.begun_at + std::chrono::days(30);
        if (flags & 4)
          checkout.order = Order{checkout.expires_at, flags & 1 ? "pi_1" : "", (flags & 2) != 0, {{line, 3, 1}}};
        return checkout;
      });
}

inline rc::Gen<Command> any_checkout_command() {
  return rc::gen::map(
      rc::gen::tuple(any_checkout(), any_price(), rc::gen::inRange(0, 12)),
      [](const std::tuple<Checkout, std::optional<Money>, int>& parts) -> Command {
        const auto& [checkout, price, which] = parts;
        if (which < 4) {
          BeginCheckout begin{checkout.id, {}, which % 2 == 1, checkout.metadata};
          begin.offers.push_back({checkout.lines.front().id, price});
          if (which < 2) begin.offers.front().available = which;
          return begin;
        }
        if (which < 8)
          return CompleteCheckout{std::make_shared<const Checkout>(checkout), which % 2 == 1 ? "pi_2" : "", which < 6};
        return AbortCheckout{checkout.id};
      });
}

inline rc::Gen<Transfer> any_transfer() {
  return rc::gen::map(
      rc::gen::tuple(any_line(), any_details(), rc::gen::inRange(0, 5), rc::gen::inRange(0, 1000)),
      [](const std::tuple<LineId, LineDetails, int, int>& parts) {
        const auto& [line, details, policy, number] = parts;
        Transfer transfer{transfer_id(cart_id("guest"), std::to_string(number)), cart_id("c1"),
                          static_cast<MergePolicy>(policy)};
        transfer.lines = {{line, 3, details.empty() ? nullptr : std::make_shared<const LineDetails>(details)}};
        if (number % 2 == 1 && line != LineId(sku("Z"))) transfer.lines.push_back({sku("Z"), 1});
        std::sort(transfer.lines.begin(), transfer.lines.end(), shown_before);
        if (number % 3 == 1) transfer.key = Idempotency{"key-1-----------", "fingerprin1"};
        transfer.begun_at = Time(Millis(1'800'000'000'000 + number));
        transfer.forget_at = transfer.begun_at + std::chrono::days(8);
        if (number % 5 == 1) {
          Transfer earlier = transfer;
          earlier.id = transfer_id(cart_id("guest"), "before " + std::to_string(number));
          transfer.earlier = std::make_shared<const Transfer>(std::move(earlier));
        }
        return transfer;
      });
}

inline rc::Gen<Command> any_transfer_command() {
  return rc::gen::map(rc::gen::pair(any_transfer(), rc::gen::inRange(0, 12)),
                      [](const std::pair<Transfer, int>& parts) -> Command {
                        const auto& [transfer, which] = parts;
                        if (which < 4) {
                          BeginTransfer begin{transfer.id, transfer.target, transfer.policy};
                          const LineId& line = transfer.lines.front().id;
                          begin.key = transfer.key;
                          if (which < 2) begin.lines = {{line, which == 0 ? std::optional<std::int64_t>() : 2}};
                          return begin;
                        }
                        if (which < 8) return TakeTransfer{std::make_shared<const Transfer>(transfer)};
                        return FinishTransfer{std::make_shared<const Transfer>(transfer), which % 2 == 1};
                      });
}

inline rc::Gen<Command> any_command() {
  return rc::gen::weightedOneOf<Command>(
      {{16, rc::gen::map(any_batch(), [](Batch batch) { return Command(std::move(batch)); })},
       {2, rc::gen::map(any_annotate(), [](Annotate annotate) { return Command(std::move(annotate)); })},
       {2, any_checkout_command()},
       {2, any_transfer_command()},
       {1, rc::gen::just(Command(Delete{}))},
       {1, rc::gen::just(Command(Touch{}))}});
}

}  // namespace cartd::test
