#include "chaos/checker/cart_check.h"

#include "chaos/checker/cart_order.h"
#include "chaos/checker/command.h"
#include "chaos/checker/line_rules.h"
#include "chaos/checker/register_rule.h"
#include "chaos/checker/text.h"
#include "chaos/checker/version_rules.h"

#include <algorithm>
#include <set>
#include <utility>

namespace cartd::test {
namespace {

const Observation the_end{.start = Moment::max(), .end = Moment::max(), .in_the_end = true};

LineState line_in(const CartView& view, const std::string& sku) {
  const auto quantity = view.quantities.find(sku);
  const auto details = view.details.find(sku);
  return {quantity == view.quantities.end() ? 0 : quantity->second,
          details == view.details.end() ? "" : details->second};
}

std::string text_of(const LineState& line) {
  return std::to_string(line.quantity) + (line.details.empty() ? "" : " with " + line.details);
}

std::string text_of(const std::string& value) { return value; }

std::string quoted(const std::string& text) { return text.empty() ? "empty" : text; }

/// The values, with "or" between them.
template <class Value>
std::string text_of(const std::set<Value>& values) {
  std::string text;
  for (const Value& value : values) text += (text.empty() ? "" : " or ") + quoted(text_of(value));
  return text;
}

/// Checks one cart.
class CartCheck {
 public:
  CartCheck(std::string id, const std::vector<Exchange>& exchanges, const std::vector<FinalCarts>& finals,
            CheckOptions options, CheckResult& result)
      : id_(std::move(id)),
        exchanges_(exchanges),
        sources_(finals),
        options_(options),
        result_(result),
        parsed_(commands_of(exchanges)) {
    for (const FinalCarts& source : sources_) finals_.emplace_back(source.source, shown_by(source));
  }

  void run() {
    const std::size_t violations_before = result_.violations.size();
    check_agreement();
    std::set<std::string> skus;
    for (const Command& command : parsed_.commands)
      if (!command.sku.empty()) skus.insert(command.sku);
    check_unexpected_lines(skus);
    // Those of a plain client only an order of all of them explains.
    if (!any_command([](const Command& command) { return is_plain(command.op); })) {
      for (const std::string& sku : skus) check_line(sku);
      check_registers();
    }
    VersionRules(exchanges_, parsed_, finals_, options_, [this](const std::string& sentence) {
      violated(sentence);
    }).check();
    // The rules' sentences say more.
    if (result_.violations.size() == violations_before) check_order();
  }

 private:
  void violated(const std::string& sentence) { result_.violations.push_back("cart " + id_ + sentence); }

  const CartView& shown_by(const FinalCarts& source) const {
    static const CartView nothing;
    const auto cart = source.carts.find(id_);
    return cart == source.carts.end() ? nothing : cart->second;
  }

  template <class Condition>
  bool any_command(Condition condition) const {
    return std::any_of(parsed_.commands.begin(), parsed_.commands.end(), condition);
  }

  void check_agreement() {
    for (const auto& [source, view] : finals_)
      if (view.version != finals_.front().second.version || !same_content(view, finals_.front().second))
        violated(": " + finals_.front().first + " and " + source + " do not agree in the end");
  }

  /// Lines that nobody ever named.
  void check_unexpected_lines(const std::set<std::string>& skus) {
    for (const auto& [source, view] : finals_)
      for (const auto& [sku, quantity] : view.quantities)
        if (!skus.contains(sku))
          violated(", line " + sku + ": is there in the end (" + source + "), and nobody put it there");
  }

  void check_line(const std::string& sku) {
    std::set<std::pair<int, int>> writers;
    bool absolute = false;
    for (const Command& command : parsed_.commands) {
      if (!concerns(command, sku)) continue;
      // It does nothing to a line that is not there.
      absolute = absolute || is_absolute(command.op) || command.op == Op::describe;
      if (command.outcome != Outcome::refused) writers.emplace(command.client, command.server);
    }
    // Where details come and go with a line, their order matters, too.
    const bool in_any_order =
        !absolute && removes_only_what_was_added(parsed_.commands, sku) &&
        !(any_command([&](const Command& one) { return one.sku == sku && one.op == Op::remove; }) &&
          any_command([&](const Command& one) { return one.sku == sku && one.details; }));
    if (in_any_order) {
      check_line(sku, CommutativeLine(parsed_.commands, sku, options_));
      check_details(sku);
    } else if (writers.size() > 1) {
      violated(", line " + sku +
               ": was set, or emptied by removes, or got details and removes, by several writers or through several "
               "cartds, so that its "
               "history cannot be checked");
    } else {
      const SequentialLine line(parsed_.commands, sku, options_);
      check_line(sku, line);
      check_missing(sku, line);
    }
  }

  /// Who was told that the line is not there.
  void check_missing(const std::string& sku, const SequentialLine& line) {
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      const Exchange& exchange = exchanges_[i];
      if (exchange.sku != sku || !lacks_line(exchange)) continue;
      const SequentialLine::Possible possible = line.at(observation_in(i));
      const bool may_be_missing = !possible || std::any_of(possible->begin(), possible->end(),
                                                           [](const LineState& one) { return one.quantity == 0; });
      if (!may_be_missing)
        violated(", line " + sku + ": cartd " + std::to_string(exchange.server) + " said at " + seconds(exchange.end) +
                 " that it is not there, where the commands make " + text_of(*possible));
    }
  }

  /// Of a line that is only added to, or that has none.
  void check_details(const std::string& sku) {
    Register details(options_);
    for (const Command& command : parsed_.commands)
      if (command.sku == sku && command.details) details.add(command, *command.details);
    check_register(", details of line " + sku, details, true,
                   [&](const CartView& view) { return line_in(view, sku).details; });
  }

  void check_registers() {
    Register owner(options_);
    Register metadata(options_);
    for (const Command& command : parsed_.commands) {
      if (command.op == Op::erase || command.owner) owner.add(command, command.owner.value_or(""));
      if (command.op == Op::erase || command.metadata) metadata.add(command, command.metadata.value_or(""));
    }
    check_register(", owner", owner, false, [](const CartView& view) { return view.owner; });
    check_register(", metadata", metadata, false, [](const CartView& view) { return view.metadata; });
  }

  /// Redis itself shows no details.
  template <class Value>
  void check_register(const std::string& what, const Register& written, bool is_detail, Value value_in) {
    check_each(
        what, [&](const Observation& observation) { return written.at(observation); },
        [&](const std::set<std::string>& possible, const CartView& view) {
          const std::string value = value_in(view);
          const bool fits = possible.contains(value) || (is_detail && view.durability.empty());
          return fits ? ""
                      : "where the writes leave " + text_of(possible) +
                            ": one was lost, done twice, or done in another order";
        },
        value_in);
  }

  template <class Line>
  void check_line(const std::string& sku, const Line& line) {
    count_end(line.at(the_end));
    check_each(
        ", line " + sku, [&](const Observation& observation) { return line.at(observation); },
        [&](const auto& possible, const CartView& view) {
          return fault(possible, line_in(view, sku), view.durability.empty());
        },
        [&](const CartView& view) { return text_of(line_in(view, sku)); });
  }

  /// Holds the cart in the end, and each answer that shows it, against what is possible then. Once something is wrong,
  /// every later answer is: the first is told, the others are counted.
  template <class At, class Fault, class Text>
  void check_each(const std::string& what, At at, Fault fault_in, Text text_in) {
    const auto in_the_end = at(the_end);
    for (const auto& [source, view] : finals_) {
      const std::string why = fault_in(in_the_end, view);
      if (!why.empty()) violated(what + ": is " + quoted(text_in(view)) + " in the end (" + source + "), " + why);
    }
    std::string first;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      const Exchange& exchange = exchanges_[i];
      if (!exchange.seen || exchange.seen->partial) continue;
      ++result_.summary.views;
      const std::string why = fault_in(at(observation_in(i)), *exchange.seen);
      if (why.empty()) continue;
      if (++wrong == 1)
        first = what + ": cartd " + std::to_string(exchange.server) + " said " + quoted(text_in(*exchange.seen)) +
                " to client " + std::to_string(exchange.client) + " at " + seconds(exchange.end) + ", " + why;
    }
    if (wrong > 0) violated(first + (wrong > 1 ? " (and " + std::to_string(wrong - 1) + " more such answers)" : ""));
  }

  Observation observation_in(std::size_t exchange) const {
    const auto command = parsed_.command_of[exchange];
    const Exchange& answer = exchanges_[exchange];
    return {.start = answer.start,
            .end = answer.end,
            .server = answer.server,
            .degraded = !answer.seen || answer.seen->degraded,
            .answer_to = command ? &parsed_.commands[*command] : nullptr};
  }

  void check_order() {
    const bool one_order = options_.versions_count && !options_.store_may_roll_back &&
                           std::none_of(exchanges_.begin(), exchanges_.end(), [](const Exchange& exchange) {
                             return exchange.degraded || (exchange.seen && exchange.seen->degraded);
                           });
    if (!one_order) return;
    std::vector<CartView> views;
    for (const auto& [source, view] : finals_) views.push_back(view);
    const CartExplanation found = explain(exchanges_, parsed_, views);
    if (found.explained == Explained::yes) ++result_.summary.ordered;
    if (found.explained == Explained::undecided) ++result_.summary.undetermined;
    if (found.explained == Explained::no)
      violated(": no order of its commands explains every answer; the longest ends before " + found.stuck_at);
  }

  void count_end(CommutativeLine::Range range) {
    if (range.least == range.most) ++result_.summary.exact_lines;
  }

  void count_end(const SequentialLine::Possible& possible) {
    if (!possible) ++result_.summary.undetermined;
    if (possible && possible->size() == 1) ++result_.summary.exact_lines;
  }

  /// What is wrong with a quantity; empty: nothing.
  static std::string fault(CommutativeLine::Range range, const LineState& line, bool) {
    const std::int64_t quantity = line.quantity;
    if (quantity < range.least)
      return "where what was acknowledged makes at least " + std::to_string(range.least) +
             ": something was lost, or a remove done twice";
    if (quantity > range.most)
      return "where all that was not refused makes at most " + std::to_string(range.most) +
             ": something was done twice, or though it was refused, or a remove was lost";
    return "";
  }

  static std::string fault(const SequentialLine::Possible& possible, const LineState& line, bool without_details) {
    if (!possible || possible->contains(line)) return "";
    const bool same_quantity = std::any_of(possible->begin(), possible->end(),
                                           [&](const LineState& one) { return one.quantity == line.quantity; });
    if (without_details && same_quantity) return "";
    return "where the last acknowledged command, and unknown ones after it, make " + text_of(*possible);
  }

  const std::string id_;
  const std::vector<Exchange>& exchanges_;
  const std::vector<FinalCarts>& sources_;
  const CheckOptions options_;
  CheckResult& result_;
  const CartCommands parsed_;
  VersionRules::Finals finals_{};
};

}  // namespace

void check_cart(const std::string& id, const std::vector<Exchange>& exchanges, const std::vector<FinalCarts>& finals,
                CheckOptions options, CheckResult& result) {
  CartCheck(id, exchanges, finals, options, result).run();
}

}  // namespace cartd::test
