#include "chaos/checker/checker.h"

#include "chaos/checker/command.h"
#include "chaos/checker/line_rules.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace cartd::test {
namespace {

using Carts = std::map<std::string, std::vector<Exchange>>;

std::int64_t quantity_in(const CartView& view, const std::string& sku) {
  const auto line = view.quantities.find(sku);
  return line == view.quantities.end() ? 0 : line->second;
}

std::string text_of(const std::set<std::int64_t>& quantities) {
  std::string text;
  for (const std::int64_t quantity : quantities) text += (text.empty() ? "" : " or ") + std::to_string(quantity);
  return text;
}

std::string seconds(Moment moment) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(moment).count();
  std::string rest = std::to_string(millis % 1000);
  rest.insert(0, 3 - rest.size(), '0');
  return std::to_string(millis / 1000) + "." + rest + " s";
}

/// Checks one cart.
class CartCheck {
 public:
  CartCheck(std::string id, const std::vector<Exchange>& exchanges, const std::vector<FinalCarts>& finals, CheckOptions options,
            CheckResult& result)
      : id_(std::move(id)), exchanges_(exchanges), finals_(finals), options_(options), result_(result), parsed_(commands_of(exchanges)) {}

  void run() {
    check_agreement();
    std::set<std::string> skus;
    for (const Command& command : parsed_.commands)
      if (!command.sku.empty()) skus.insert(command.sku);
    check_unexpected_lines(skus);
    for (const std::string& sku : skus) check_line(sku);
    check_versions();
  }

 private:
  void violated(const std::string& sentence) { result_.violations.push_back("cart " + id_ + sentence); }

  const CartView& shown_by(const FinalCarts& source) const {
    static const CartView nothing;
    const auto cart = source.carts.find(id_);
    return cart == source.carts.end() ? nothing : cart->second;
  }

  void check_agreement() {
    for (const FinalCarts& source : finals_) {
      const CartView& first = shown_by(finals_.front());
      const CartView& view = shown_by(source);
      if (view.quantities != first.quantities || view.version != first.version)
        violated(": " + finals_.front().source + " and " + source.source + " do not agree in the end");
    }
  }

  /// Lines that nobody ever named.
  void check_unexpected_lines(const std::set<std::string>& skus) {
    for (const FinalCarts& source : finals_)
      for (const auto& [sku, quantity] : shown_by(source).quantities)
        if (!skus.contains(sku)) violated(", line " + sku + ": is there in the end (" + source.source + "), and nobody put it there");
  }

  void check_line(const std::string& sku) {
    std::set<std::pair<int, int>> writers;
    bool absolute = false;
    for (const Command& command : parsed_.commands) {
      if (!concerns(command, sku)) continue;
      absolute = absolute || is_absolute(command.op);
      if (command.outcome != Outcome::refused) writers.emplace(command.client, command.server);
    }
    if (!absolute && removes_only_what_was_added(parsed_.commands, sku)) {
      check_line(sku, CommutativeLine(parsed_.commands, sku, options_));
    } else if (writers.size() > 1) {
      violated(", line " + sku +
               ": was set, or emptied by removes, by several writers or through several cartds, so that its history cannot be checked");
    } else {
      check_line(sku, SequentialLine(parsed_.commands, sku, options_));
    }
  }

  template <class Line>
  void check_line(const std::string& sku, const Line& line) {
    const Observation end{.start = Moment::max(), .end = Moment::max(), .in_the_end = true};
    const auto possible = line.at(end);
    count_end(possible);
    for (const FinalCarts& source : finals_) {
      const std::int64_t quantity = quantity_in(shown_by(source), sku);
      const std::string why = fault(possible, quantity);
      if (!why.empty()) violated(", line " + sku + ": is " + std::to_string(quantity) + " in the end (" + source.source + "), " + why);
    }
    check_answers(sku, line);
  }

  /// Once a line is wrong, every later answer is: the first is told, the others are counted.
  template <class Line>
  void check_answers(const std::string& sku, const Line& line) {
    std::string first;
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < exchanges_.size(); ++i) {
      const Exchange& exchange = exchanges_[i];
      if (!exchange.seen || exchange.seen->partial) continue;
      ++result_.summary.views;
      const Command* command = parsed_.command_of[i] ? &parsed_.commands[*parsed_.command_of[i]] : nullptr;
      const Observation observation{.start = exchange.start,
                                    .end = exchange.end,
                                    .server = exchange.server,
                                    .degraded = exchange.seen->degraded,
                                    .answer_to = command};
      const std::int64_t quantity = quantity_in(*exchange.seen, sku);
      const std::string why = fault(line.at(observation), quantity);
      if (why.empty()) continue;
      if (++wrong == 1)
        first = ", line " + sku + ": cartd " + std::to_string(exchange.server) + " said " + std::to_string(quantity) + " to client " +
                std::to_string(exchange.client) + " at " + seconds(exchange.end) + ", " + why;
    }
    if (wrong > 0) violated(first + (wrong > 1 ? " (and " + std::to_string(wrong - 1) + " more such answers)" : ""));
  }

  void count_end(CommutativeLine::Range range) {
    if (range.least == range.most) ++result_.summary.exact_lines;
  }

  void count_end(const SequentialLine::Possible& possible) {
    if (!possible) ++result_.summary.undetermined;
    if (possible && possible->size() == 1) ++result_.summary.exact_lines;
  }

  /// What is wrong with a quantity; empty: nothing.
  static std::string fault(CommutativeLine::Range range, std::int64_t quantity) {
    if (quantity < range.least)
      return "where what was acknowledged makes at least " + std::to_string(range.least) + ": something was lost, or a remove done twice";
    if (quantity > range.most)
      return "where all that was not refused makes at most " + std::to_string(range.most) +
             ": something was done twice, or though it was refused, or a remove was lost";
    return "";
  }

  static std::string fault(const SequentialLine::Possible& possible, std::int64_t quantity) {
    if (!possible || possible->contains(quantity)) return "";
    return "where the last acknowledged command, and unknown ones after it, make " + text_of(*possible);
  }

  void check_versions() {
    std::set<int> writing;
    for (const Command& command : parsed_.commands)
      if (command.outcome != Outcome::refused) writing.insert(command.server);
    // What another cartd did may be gone after a rollback, and its version with it, until that cartd has sent it again.
    const auto may_fall = [&](int server) {
      return options_.store_may_roll_back && std::any_of(writing.begin(), writing.end(), [&](int writer) { return writer != server; });
    };
    std::map<std::pair<int, int>, std::uint64_t> seen;
    std::uint64_t highest = 0;
    for (const Exchange& exchange : exchanges_) {
      if (!exchange.seen || exchange.seen->degraded) continue;
      std::uint64_t& before = seen[{exchange.client, exchange.server}];
      const std::uint64_t now = exchange.seen->version;
      if (now < before && !may_fall(exchange.server))
        violated(": its version fell from " + std::to_string(before) + " to " + std::to_string(now) + " before the eyes of client " +
                 std::to_string(exchange.client) + " at cartd " + std::to_string(exchange.server) + ", at " + seconds(exchange.end));
      before = now;
      if (exchange.outcome == Outcome::acknowledged && exchange.op != Op::read) highest = std::max(highest, now);
    }
    for (const FinalCarts& source : finals_)
      if (shown_by(source).version < highest)
        violated(": has version " + std::to_string(shown_by(source).version) + " in the end (" + source.source + "), and " +
                 std::to_string(highest) + " was acknowledged");
  }

  const std::string id_;
  const std::vector<Exchange>& exchanges_;
  const std::vector<FinalCarts>& finals_;
  const CheckOptions options_;
  CheckResult& result_;
  const CartCommands parsed_;
};

void count(Summary& summary, const std::vector<Exchange>& history) {
  std::set<std::tuple<std::string, std::string>> keys;
  for (const Exchange& exchange : history) {
    ++summary.requests;
    if (exchange.outcome == Outcome::acknowledged) ++summary.acknowledged;
    if (exchange.outcome == Outcome::unknown) ++summary.unknown;
    if (exchange.outcome == Outcome::refused) ++summary.refused;
    if (exchange.seen && exchange.seen->degraded) ++summary.degraded;
    if (exchange.seen && exchange.op != Op::read && exchange.seen->durability == "journal") ++summary.from_journal;
    if (!exchange.key.empty() && !keys.emplace(exchange.cart, exchange.key).second) ++summary.repeated;
  }
}

/// The requests of the history are all allowed, so that no cartd has a reason for any other answer.
void check_status(const std::vector<Exchange>& history, CheckResult& result) {
  const std::set<int> fitting{0, 200, 204, 409, 503, 504, 507};
  for (const Exchange& exchange : history)
    if (!fitting.contains(exchange.status))
      result.violations.push_back("cart " + exchange.cart + ": cartd " + std::to_string(exchange.server) + " answered " +
                                  std::to_string(exchange.status) + " to " + to_string(exchange.op) + " at " + seconds(exchange.end));
}

}  // namespace

CheckResult check(const std::vector<Exchange>& history, const std::vector<FinalCarts>& finals, CheckOptions options) {
  CheckResult result;
  count(result.summary, history);
  check_status(history, result);
  Carts carts;
  for (const Exchange& exchange : history) carts[exchange.cart].push_back(exchange);
  result.summary.carts = carts.size();
  for (auto& [id, exchanges] : carts) {
    std::stable_sort(exchanges.begin(), exchanges.end(), [](const Exchange& a, const Exchange& b) { return a.start < b.start; });
    CartCheck(id, exchanges, finals, options, result).run();
  }
  return result;
}

}  // namespace cartd::test
