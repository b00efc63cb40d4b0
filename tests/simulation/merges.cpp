#include "simulation/merges.h"

#include "simulation/fault_injector.h"
#include "simulation/translation.h"

#include <algorithm>
#include <utility>

namespace cartd::simulation {
namespace {

using test::Outcome;
using test::PurchaseExchange;
using test::PurchaseOp;

Outcome outcome_of(const std::optional<Error>& error) {
  if (!error) return Outcome::acknowledged;
  return error->code == Errc::outcome_unknown ? Outcome::unknown : Outcome::refused;
}

bool remembers(const CartRecord& record, const Idempotency& key) {
  return std::any_of(record.keys.begin(), record.keys.end(),
                     [&](const RememberedKey& one) { return one.idempotency.key == key.key; });
}

}  // namespace

Merges::Merges(const Deployment& deployment, Workload::Nodes& nodes, std::uint64_t seed)
    : deployment_(deployment),
      nodes_(nodes),
      node_(seed / 8 % node_count),
      guest_(*CartId::parse("guest-" + std::to_string(seed))),
      account_(*CartId::parse("account-" + std::to_string(seed))) {}

void Merges::start() {
  active_ = client_count + 1;
  for (int client = 0; client < client_count; ++client) step(client);
}

test::Moment Merges::moment() {
  const test::Moment now = std::chrono::milliseconds(deployment_.schedule.now());
  last_moment_ = std::max(now, last_moment_ + test::Moment(1));
  return last_moment_;
}

PurchaseExchange Merges::exchange_of(int client, PurchaseOp op, const CartId& cart) {
  return {.client = client,
          .server = static_cast<int>(node_),
          .op = op,
          .customer = guest_.str(),
          .cart = cart.str(),
          .start = moment()};
}

void Merges::record(PurchaseExchange exchange) {
  exchange.end = moment();
  deployment_.schedule.trace("client ", exchange.client, " at node ", exchange.server, ": ", to_string(exchange.op),
                             ' ', exchange.n, ' ', exchange.sku, " of cart ", exchange.cart, " key ", exchange.key,
                             ": ", to_string(exchange.outcome));
  history_.push_back(std::move(exchange));
}

template <class Then>
void Merges::find(const CartId& cart, Then then) {
  Node& node = *nodes_[node_];
  if (!node.is_up()) return then(std::optional<Result<Found>>());
  node.find(cart, then);
}

template <class Then>
void Merges::change(const CartId& cart, Command command, Then then) {
  Node& node = *nodes_[node_];
  if (!node.is_up() || deployment_.schedule.chance(5)) return then(std::optional<Result<Acknowledged>>());
  node.submit(cart, Change{std::move(command)}, then);
}

void Merges::step(int client) {
  Schedule& schedule = deployment_.schedule;
  schedule.after(schedule.between(1, 30), [this, client, &schedule] {
    if (schedule.now() > Workload::last_operation) {
      if (--active_ == 1) read_last();
      return;
    }
    if (schedule.chance(50)) return add(client);
    if (schedule.chance(40)) return read(client);
    const std::string name = std::to_string(client) + "-" + std::to_string(++names_);
    std::string key = "key-" + name;
    key.resize(16, '-');
    attempt(std::make_shared<Merge>(Merge{client, Idempotency{key, "fingerprint"}, {}, {}}));
  });
}

/// When nobody goes on with it any more. (The service counts this as two seconds.)
void Merges::read_last() {
  constexpr int quiet = 400;
  Schedule& schedule = deployment_.schedule;
  schedule.at(std::max(schedule.now() + 20, FaultInjector::last_fault + quiet), [this] {
    find(guest_, [this](const std::optional<Result<Found>>& found) {
      if (!found || !*found || !(*found)->record) return read_last();
      const std::shared_ptr<const Transfer> transfer = (*found)->record->transfer;
      if (!transfer) {
        --active_;
        return;
      }
      change(account_, TakeTransfer{transfer}, [this, transfer](const std::optional<Result<Acknowledged>>& taken) {
        if (!taken || !*taken || !(*taken)->outcome.taken) return read_last();
        deployment_.schedule.trace("transfer ", transfer->id, " is finished in the end");
        const FinishTransfer last{transfer, (*taken)->outcome.taken->has_it};
        change(guest_, last, [this](const std::optional<Result<Acknowledged>>& /*finished*/) { read_last(); });
      });
    });
  });
}

void Merges::add(int client) {
  Schedule& schedule = deployment_.schedule;
  const CartId& cart = schedule.chance(70) ? guest_ : account_;
  PurchaseExchange exchange = exchange_of(client, PurchaseOp::add, cart);
  exchange.sku = "of-" + std::to_string(client);
  exchange.n = schedule.between(1, 9);
  const Command command = Batch{{Add{*LineId::parse(exchange.sku), exchange.n}}};
  Node& node = *nodes_[node_];
  if (!node.is_up()) {
    exchange.outcome = Outcome::refused;
    record(std::move(exchange));
    return step(client);
  }
  node.submit(cart, Change{command}, [this, client, exchange](std::optional<Result<Acknowledged>> result) {
    PurchaseExchange told = exchange;
    if (result) told.outcome = outcome_of(*result ? std::nullopt : std::optional(result->error()));
    if (result && *result) told.seen = view_of((*result)->cart, (*result)->knowledge);
    told.degraded = told.seen && told.seen->degraded;
    record(std::move(told));
    step(client);
  });
}

void Merges::read(int client) {
  const CartId& cart = deployment_.schedule.chance(50) ? guest_ : account_;
  const PurchaseExchange exchange = exchange_of(client, PurchaseOp::read, cart);
  find(cart, [this, client, exchange](std::optional<Result<Found>> found) {
    PurchaseExchange told = exchange;
    told.outcome = found && *found ? Outcome::acknowledged : Outcome::refused;
    if (found && *found) told.seen = view_of((*found)->cart, (*found)->knowledge);
    told.degraded = told.seen && told.seen->degraded;
    record(std::move(told));
    step(client);
  });
}

void Merges::attempt(const MergePtr& merge) {
  merge->exchange = exchange_of(merge->client, PurchaseOp::merge, guest_);
  merge->exchange.target = account_.str();
  merge->exchange.key = merge->key.key;
  merge->id = transfer_id(guest_, std::to_string(++names_));
  begin(merge);
}

/// Unless it was done before.
void Merges::begin(const MergePtr& merge) {
  find(account_, [this, merge](std::optional<Result<Found>> target) {
    if (!target || !*target || !(*target)->record) return end(merge, Outcome::unknown);
    if (remembers(*(*target)->record, merge->key)) return replay(merge, *(*target)->record);
    BeginTransfer command{merge->id, account_, MergePolicy::sum, std::nullopt, merge->key};
    change(guest_, std::move(command), [this, merge](std::optional<Result<Acknowledged>> begun) {
      const bool is_empty = begun && !*begun && begun->error().code == Errc::not_found;
      if (is_empty) return end(merge, Outcome::refused);
      if (!begun || !*begun) return end(merge, Outcome::unknown);
      go_on(merge, (*begun)->outcome.transfer);
    });
  });
}

/// Its last step may be missing.
void Merges::replay(const MergePtr& merge, CartRecord target) {
  find(guest_, [this, merge, target = std::move(target)](std::optional<Result<Found>> source) {
    if (!source || !*source || !(*source)->record) return end(merge, Outcome::unknown);
    const std::shared_ptr<const Transfer>& transfer = (*source)->record->transfer;
    if (!transfer || !has_taken(target.taken, transfer->id)) return end(merge, Outcome::acknowledged);
    go_on(merge, transfer);
  });
}

void Merges::go_on(const MergePtr& merge, std::shared_ptr<const Transfer> transfer) {
  if (!transfer) return end(merge, Outcome::unknown);
  trace(merge, *transfer);
  change(account_, TakeTransfer{transfer}, [this, merge, transfer](std::optional<Result<Acknowledged>> taken) {
    if (!taken || !*taken || !(*taken)->outcome.taken) return end(merge, Outcome::unknown);
    finish(merge, transfer, (*taken)->outcome.taken->has_it);
  });
}

void Merges::trace(const MergePtr& merge, const Transfer& transfer) {
  std::string lines;
  for (const Line& line : transfer.lines) lines += " " + line.id.str() + " " + std::to_string(line.quantity);
  deployment_.schedule.trace("client ", merge->client, " goes on with transfer ", transfer.id, " of", lines);
}

void Merges::finish(const MergePtr& merge, std::shared_ptr<const Transfer> transfer, bool has_it) {
  deployment_.schedule.trace("client ", merge->client, " finishes transfer ", transfer->id,
                             has_it ? "" : ", not taken");
  const bool is_ours = transfer->id == merge->id || transfer->key == merge->key;
  const FinishTransfer last{std::move(transfer), has_it};
  change(guest_, last, [this, merge, is_ours](std::optional<Result<Acknowledged>> finished) {
    end(merge, finished && *finished && is_ours ? Outcome::acknowledged : Outcome::unknown);
  });
}

void Merges::end(const MergePtr& merge, Outcome outcome) {
  merge->exchange.outcome = outcome;
  merge->exchange.status = outcome == Outcome::refused ? 404 : 0;
  record(merge->exchange);
  if (outcome != Outcome::unknown) return step(merge->client);
  deployment_.schedule.after(deployment_.schedule.between(5, 30), [this, merge] { attempt(merge); });
}

}  // namespace cartd::simulation
