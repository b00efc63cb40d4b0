#include "chaos/checker/cart_order.h"

#include "chaos/checker/line_rules.h"
#include "chaos/checker/text.h"

#include <map>
#include <utility>

namespace cartd::test {
namespace {

struct CartState {
  std::uint64_t version = 0;
  bool exists = false;  ///< It was written to by cartd, and not deleted since.
  std::map<std::string, LineState> lines{};
  std::string owner{};
  std::string metadata{};

  friend bool operator==(const CartState&, const CartState&) = default;
};

/// A command takes effect, or somebody is told something.
struct CartStep {
  const Command* command = nullptr;
  const CartView* view = nullptr;
  std::optional<std::uint64_t> version{};     ///< That was told without the cart.
  std::optional<std::uint64_t> unexpected{};  ///< Told that the cart does not have it.
  const std::string* missing = nullptr;       ///< The line of which that was told.
  bool in_redis = false;                      ///< The view has quantities and version only.
};

void change_line(CartState& cart, const Command& command) {
  LineState line = cart.lines[command.sku];
  switch (command.op) {
    case Op::add:
    case Op::hincrby: line.quantity += command.n; break;
    case Op::set:
    case Op::hset: line.quantity = command.n; break;
    case Op::remove: line.quantity -= command.n; break;
    case Op::describe: break;
    default: line.quantity = 0;
  }
  if (command.details) line.details = *command.details;
  if (line.quantity > 0) cart.lines[command.sku] = line;
  else cart.lines.erase(command.sku);
}

/// What `command` makes of `cart`, but for the version.
CartState changed_by(const Command& command, CartState cart) {
  switch (command.op) {
    case Op::read: break;
    case Op::clear:
    case Op::del: cart.lines.clear(); break;
    case Op::erase: cart = {.version = cart.version}; break;
    case Op::annotate:
      if (command.owner) cart.owner = *command.owner;
      if (command.metadata) cart.metadata = *command.metadata;
      break;
    default: change_line(cart, command);
  }
  return cart;
}

/// What Redis answers to a plain client's command.
std::int64_t reply_to(const Command& command, const CartState& before, const CartState& after) {
  const bool was_there = before.lines.contains(command.sku);
  switch (command.op) {
    case Op::hincrby: return after.lines.at(command.sku).quantity;
    case Op::hset: return was_there ? 0 : 1;
    case Op::hdel: return was_there ? 1 : 0;
    default: return before.lines.empty() ? 0 : 1;
  }
}

bool shows(const CartView& view, const CartState& cart, bool in_redis) {
  if (view.version != cart.version || view.quantities.size() != cart.lines.size()) return false;
  for (const auto& [sku, line] : cart.lines) {
    const auto quantity = view.quantities.find(sku);
    if (quantity == view.quantities.end() || quantity->second != line.quantity) return false;
    const auto details = view.details.find(sku);
    if (!in_redis && (details == view.details.end() ? "" : details->second) != line.details) return false;
  }
  return view.owner == cart.owner && view.metadata == cart.metadata;
}

struct CartModel {
  using State = CartState;
  using Step = CartStep;

  static std::optional<CartState> next(const CartStep& step, const CartState& cart) {
    if (!step.command) {
      const bool fits = (!step.view || shows(*step.view, cart, step.in_redis)) &&
                        (!step.version || *step.version == cart.version) &&
                        (!step.unexpected || *step.unexpected != cart.version) &&
                        (!step.missing || !cart.lines.contains(*step.missing));
      return fits ? std::optional(cart) : std::nullopt;
    }
    const Command& command = *step.command;
    if (command.expected && *command.expected != cart.version) return std::nullopt;
    CartState after = changed_by(command, cart);
    if (is_plain(command.op)) {
      const bool fits = !command.reply || *command.reply == reply_to(command, cart, after);
      return fits ? std::optional(after) : std::nullopt;
    }
    // A cart that holds lines of plain clients only is deleted, too.
    const bool changes = command.op == Op::erase ? cart.exists || !cart.lines.empty() : !(after == cart);
    if (!changes) return cart;
    after.exists = command.op != Op::erase;
    ++after.version;
    return after;
  }

  static bool is_read(const CartStep& step) { return !step.command; }

  static bool is_past(const CartStep& step, const CartState& cart) {
    if (step.view) return step.view->version < cart.version;
    return step.version && *step.version < cart.version;
  }

  static std::string key(const CartState& cart) {
    std::string text = std::to_string(cart.version) + (cart.exists ? "+" : "-") + cart.owner + "\n" + cart.metadata;
    for (const auto& [sku, line] : cart.lines)
      text += "\n" + sku + "\t" + std::to_string(line.quantity) + "\t" + line.details;
    return text;
  }
};

std::string text_of(const Exchange& exchange) {
  const std::string source = is_plain(exchange.op) ? "Redis" : "cartd " + std::to_string(exchange.server);
  return std::string("what ") + source + " answered client " + std::to_string(exchange.client) + "'s " +
         to_string(exchange.op) + " (status " + std::to_string(exchange.status) + ") at " + seconds(exchange.end);
}

}  // namespace

CartExplanation explain(const std::vector<Exchange>& exchanges, const CartCommands& commands,
                        const std::vector<CartView>& finals) {
  std::vector<Event<CartStep>> events;
  std::vector<std::string> texts;
  std::vector<std::optional<std::size_t>> event_of(commands.commands.size());
  for (std::size_t i = 0; i < commands.commands.size(); ++i) {
    const Command& command = commands.commands[i];
    if (command.outcome == Outcome::refused) continue;
    const bool certain = command.outcome == Outcome::acknowledged;
    event_of[i] = events.size();
    events.push_back({.start = command.start,
                      .end = certain ? command.acknowledged_at : Moment::max(),
                      .certain = certain,
                      .step = {.command = &command}});
    texts.push_back(std::string("that ") + to_string(command.op) + " of client " + std::to_string(command.client) +
                    " was acknowledged at " + seconds(command.acknowledged_at));
  }
  for (std::size_t i = 0; i < exchanges.size(); ++i) {
    const Exchange& exchange = exchanges[i];
    const bool mismatch = exchange.status == 412;
    if (!exchange.seen && !exchange.version && !mismatch && !lacks_line(exchange)) continue;
    const auto command = commands.command_of[i];
    events.push_back(
        {.start = exchange.start,
         .end = exchange.end,
         .step = {.view = exchange.seen ? &*exchange.seen : nullptr,
                  .version = exchange.version,
                  .unexpected = mismatch ? exchange.expected : std::nullopt,
                  .missing = lacks_line(exchange) ? &exchange.sku : nullptr},
         .after = command && exchange.outcome == Outcome::acknowledged ? event_of[*command] : std::nullopt});
    texts.push_back(text_of(exchange));
  }
  for (std::size_t i = 0; i < finals.size(); ++i) {
    const bool in_redis = finals[i].durability.empty();
    events.push_back(
        {.start = Moment::max(), .end = Moment::max(), .step = {.view = &finals[i], .in_redis = in_redis}});
    texts.emplace_back("how the cart is in the end");
  }
  const Explanation found = OrderSearch<CartModel>(std::move(events)).run();
  return {.explained = found.explained, .stuck_at = found.explained == Explained::no ? texts[found.stuck_at] : ""};
}

}  // namespace cartd::test
