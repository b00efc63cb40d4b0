#include "chaos/simulated_run.h"

#include "chaos/checker/user_rules.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

namespace cartd::test {
namespace {

/// Carries out what is due, in the order of time.
class EventQueue {
 public:
  void at(Moment when, std::function<void()> what) { due_.emplace(when, std::move(what)); }
  Moment now() const { return now_; }

  void run() {
    while (!due_.empty()) {
      auto next = due_.extract(due_.begin());
      now_ = next.key();
      next.mapped()();
    }
  }

 private:
  std::multimap<Moment, std::function<void()>> due_;
  Moment now_{};
};

class SimulatedRun {
 public:
  SimulatedRun(const WorkloadOptions& workload, int steps, Mistake mistake)
      : workload_(workload), mistake_(mistake), random_(workload.seed) {
    for (int i = 0; i < workload.clients + workload.plain_clients; ++i) {
      generators_.emplace_back(workload, i);
      step(static_cast<std::size_t>(i), steps);
    }
  }

  SimulatedHistory run() {
    events_.run();
    FinalCarts carts{.source = "the store"};
    for (const std::string& cart : carts_of(workload_)) carts.carts[cart] = carts_[cart].view();
    FinalUsers users{.source = "the store"};
    for (const std::string& user : users_of(workload_)) users.users[user] = users_[user];
    history_.carts.push_back(std::move(carts));
    history_.users.push_back(std::move(users));
    return std::move(history_);
  }

 private:
  Moment some_time() { return Moment(1 + random_() % 1000); }

  bool answer_is_lost() { return mistake_ == Mistake::none && random_() % 10 == 0; }

  void step(std::size_t client, int left) {
    if (left == 0) return;
    events_.at(events_.now() + some_time(), [this, client, left] {
      WorkloadGenerator& generator = generators_[client];
      if (!is_plain(client)) {
        if (const auto operation = generator.next_for_user()) return send(client, left, *operation);
      }
      send(client, left, generator.next());
    });
  }

  bool is_plain(std::size_t client) const { return client >= static_cast<std::size_t>(workload_.clients); }

  /// A command whose answer is lost may be carried out afterwards, or never.
  void send(std::size_t client, int left, const Operation& operation) {
    const int server = is_plain(client) ? -1 : operation.server;
    auto exchange =
        std::make_shared<Exchange>(begin_exchange(operation, static_cast<int>(client), server, events_.now()));
    const bool lost = operation.op != Op::read && answer_is_lost();
    const Moment done = events_.now() + some_time();
    if (!lost || random_() % 2 == 0)
      events_.at(lost ? done + some_time() * 3 : done, [this, exchange] { carry_out(*exchange); });
    events_.at(done + some_time(), [this, client, left, operation, exchange, lost] {
      Exchange told = *exchange;
      told.end = events_.now();
      if (lost) told = forgotten(std::move(told));
      history_.exchanges.push_back(told);
      Answer answer{.outcome = told.outcome, .mismatch = told.status == 412 || told.status == 404};
      if (told.seen) answer.version = told.seen->version;
      if (!operation.key.empty() && lost) return send(client, left, operation);
      generators_[client].learn(operation, answer);
      step(client, left - 1);
    });
  }

  static Exchange forgotten(Exchange exchange) {
    exchange.outcome = Outcome::unknown;
    exchange.status = is_plain_op(exchange) ? 0 : 504;
    exchange.seen.reset();
    exchange.version.reset();
    exchange.reply.reset();
    return exchange;
  }

  static bool is_plain_op(const Exchange& exchange) { return cartd::test::is_plain(exchange.op); }

  void carry_out(Exchange& exchange) {
    SimulatedCart& cart = carts_[exchange.cart];
    SimulatedCart before = cart;
    const bool matched = cart.apply(exchange);
    const bool has_version = !exchange.expected || *exchange.expected == before.view().version;
    exchange.status = matched ? 200 : has_version ? 404 : 412;
    exchange.outcome = matched ? Outcome::acknowledged : Outcome::refused;
    if (is_plain_op(exchange)) exchange.reply = cart.reply();
    else if (exchange.status == 412) exchange.version = cart.view().version;
    else if (matched) exchange.seen = cart.view();
    const bool may_be_mistaken = exchange.op == Op::add && matched && exchange.key.empty() && !exchange.expected;
    if (mistake_ == Mistake::none || history_.mistaken || !may_be_mistaken || random_() % 8 != 0) return;
    history_.mistaken = true;
    if (mistake_ == Mistake::loses_a_change) cart = std::move(before);
    else cart.apply(exchange);
  }

  void send(std::size_t client, int left, const UserOperation& operation) {
    auto exchange = std::make_shared<UserExchange>(UserExchange{.client = static_cast<int>(client),
                                                                .server = operation.server,
                                                                .op = operation.op,
                                                                .user = operation.user,
                                                                .fields = operation.fields,
                                                                .start = events_.now()});
    const bool lost = operation.op != UserOp::read && answer_is_lost();
    const Moment done = events_.now() + some_time();
    const auto carry_out = [this, exchange] {
      UserFields& user = users_[exchange->user];
      write_to(user, *exchange);
      exchange->seen = user;
    };
    if (!lost || random_() % 2 == 0) events_.at(lost ? done + some_time() * 3 : done, carry_out);
    events_.at(done + some_time(), [this, client, left, exchange, lost] {
      UserExchange told = *exchange;
      told.end = events_.now();
      told.outcome = lost ? Outcome::unknown : Outcome::acknowledged;
      told.status = lost ? 504 : 200;
      if (lost) told.seen.reset();
      history_.user_exchanges.push_back(std::move(told));
      step(client, left - 1);
    });
  }

  const WorkloadOptions workload_;
  const Mistake mistake_;
  std::mt19937_64 random_;
  EventQueue events_;
  std::vector<WorkloadGenerator> generators_;
  std::map<std::string, SimulatedCart> carts_;
  std::map<std::string, UserFields> users_;
  SimulatedHistory history_;
};

}  // namespace

bool SimulatedCart::apply(const Exchange& command) {
  if (command.op == Op::read) return true;
  if (!command.key.empty() && keys_.contains(command.key)) return true;
  if (command.expected && *command.expected != view_.version) return false;
  if (command.op == Op::describe && !view_.quantities.contains(command.sku)) return false;
  if (!command.key.empty()) keys_.insert(command.key);
  if (!change(command) || is_plain(command.op)) return true;
  ++view_.version;
  exists_ = command.op != Op::erase;
  return true;
}

bool SimulatedCart::change(const Exchange& command) {
  const CartView before = view_;
  std::int64_t& quantity = view_.quantities[command.sku];
  const bool was_there = quantity > 0;
  switch (command.op) {
    case Op::add:
    case Op::hincrby: quantity += command.n; break;
    case Op::set:
    case Op::hset: quantity = command.n; break;
    case Op::remove: quantity -= std::min(quantity, command.n); break;
    case Op::describe: break;
    case Op::remove_line:
    case Op::hdel: quantity = 0; break;
    case Op::clear:
    case Op::del: view_.quantities.clear(); break;
    case Op::erase: view_ = {.version = before.version, .durability = before.durability}; break;
    case Op::annotate:
      view_.owner = command.owner.value_or(view_.owner);
      view_.metadata = command.metadata.value_or(view_.metadata);
      break;
    case Op::read: break;
  }
  if (command.details) view_.details[command.sku] = *command.details;
  std::erase_if(view_.quantities, [](const auto& line) { return line.second == 0; });
  std::erase_if(view_.details,
                [&](const auto& line) { return line.second.empty() || !view_.quantities.contains(line.first); });
  if (command.op == Op::hincrby) reply_ = view_.quantities[command.sku];
  if (command.op == Op::hset) reply_ = was_there ? 0 : 1;
  if (command.op == Op::hdel) reply_ = was_there ? 1 : 0;
  if (command.op == Op::del) reply_ = before.quantities.empty() ? 0 : 1;
  if (command.op == Op::erase) return exists_ || !before.quantities.empty();
  return view_.quantities != before.quantities || view_.details != before.details || view_.owner != before.owner ||
         view_.metadata != before.metadata;
}

void write_to(UserFields& user, const UserExchange& write) {
  if (write.op == UserOp::read) return;
  if (write.op != UserOp::patch) user.clear();
  for (const auto& [name, value] : write.fields) {
    user.erase(name);
    if (value) user[name] = *value;
  }
}

std::vector<std::string> SimulatedHistory::violations(CheckOptions options) const {
  CheckResult result = check(exchanges, carts, options);
  check_users(user_exchanges, users, options, result);
  return result.violations;
}

SimulatedHistory simulate(const WorkloadOptions& workload, int steps, Mistake mistake) {
  return SimulatedRun(workload, steps, mistake).run();
}

}  // namespace cartd::test
