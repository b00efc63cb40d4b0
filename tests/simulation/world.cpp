#include "simulation/world.h"

#include "domain/decide.h"
#include "outbox/cart_queue.h"
#include "redis/replication/safety.h"

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <utility>

namespace cartd::test {
namespace {

// Times are milliseconds of the schedule.
constexpr int last_command = 300;
constexpr int last_fault = 320;
constexpr int end_of_time = 6000;
constexpr int silence_timeout = 15;  // A reply overdue by this much: the connection is given up.
constexpr int patience = 8;          // A server that owes a reply for longer is not served to.
constexpr int command_deadline = 30;
constexpr int down_after = 20;       // Sentinels fail a primary over that they have not seen for so long.
constexpr int replica_timeout = 60;  // A primary forgets a replica that it has not seen for so long.
constexpr int sentinel_lag = 30;     // A Sentinel names the old primary for so long at most after a failover.
constexpr int tick_interval = 5;

constexpr std::size_t servers = 3;
constexpr std::size_t sentinels = 3;
constexpr std::size_t shops = 2;
constexpr int carts = 3;

constexpr std::int64_t start_of_time = 1'700'000'000'000;  // ms since the Unix epoch

CartId cart_id(int cart) { return *CartId::parse("c" + std::to_string(cart)); }

struct Server {
  bool up = true;
  bool primary = false;
  std::uint64_t incarnation = 1;  // Of the process: rises with every start.
  std::uint64_t epoch = 0;        // Of the data.
  std::uint64_t offset = 0;
  std::map<int, CartRecord> data{};
  struct Replica {
    std::uint64_t acknowledged;
    int seen;
  };
  std::map<std::size_t, Replica> replicas{};  // As the primary lists them.
  std::optional<std::size_t> follows{};
  int last_arrival = 0;  // Of the replication stream, which keeps its order.
  bool behind = false;   // It missed something, and has to be brought up to date as a whole.
};

struct Connection {
  std::size_t shop;
  std::size_t server;
  std::uint64_t server_incarnation;
  std::uint64_t epoch;  // As the shop server calls it.
  bool closed_by_shop = false;
  bool ended_by_server = false;  // Closed, demoted, restarted or fenced: what arrives now is not executed.
  std::deque<std::function<void()>> on_the_way{};
  int to_server = 0;  // When the last message of each direction arrives: TCP keeps order.
  int to_shop = 0;
};
using ConnectionPtr = std::shared_ptr<Connection>;

enum class Fate { open, acknowledged, unknown, refused };

struct Command {
  int cart = 0;
  std::size_t shop = 0;
  std::uint64_t life = 0;  // Of the shop server that took it.
  CommandId command_id{};
  Change change{Touch{}};
  Fate fate = Fate::open;
  bool applied = false;
  bool durable = false;
  bool promised = false;
};

/// A record on a shop server's disk.
struct Record {
  CommandId command_id;
  int cart;
  Change change;
  bool accepted;
};

struct Shop {
  bool up = true;
  bool has_journal = false;
  std::uint64_t life = 1;
  ProducerId producer = 0;
  std::uint64_t last_sequence = 0;
  std::int64_t clock_offset = 0;  // ms
  std::map<int, CartQueue> queues{};
  std::map<int, int> under_way{};  // Cart → when its attempt was sent.
  // What is known of the server that it talks to. Another server, or the same one found again, is an epoch of its own.
  std::unique_ptr<redis::Safety> safety{};
  std::size_t server = 0;
  std::uint64_t salt = 0;
  bool asking = false;
  int asked = 0;
  ConnectionPtr connection{};
  bool connecting = false;
  std::uint64_t moved_to = 0;  // The epoch for which all queues were told.
  std::vector<ConnectionPtr> lost{};
  std::vector<Record> disk{};
};

class World {
 public:
  World(std::uint64_t seed, const Guards& guards, std::ostream* story) : random_(seed), guards_(guards), story_(story) {
    primary_named_.fill(0);
    primary_told_.fill(0);
    for (std::size_t i = 1; i < servers; ++i) servers_[i].follows = 0;
    servers_[0].primary = true;
    for (Server& server : servers_) server.epoch = 1;
    for (std::size_t i = 1; i < servers; ++i) servers_[0].replicas[i] = {0, 0};
    const bool journal = seed % 2 == 0;
    for (Shop& shop : shops_) {
      shop.has_journal = journal;
      start(shop);
    }
  }
  /// What is on its way holds on to its connection.
  ~World() {
    for (const ConnectionPtr& connection : connections_) connection->on_the_way.clear();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Verdict run() {
    for (std::size_t i = 0; i < shops; ++i) every_tick(i);
    every_look();
    const int count = 30;
    for (int i = 0; i < count; ++i) at(between(1, last_command), [this] { submit(); });
    at(between(5, 40), [this] { fault(); });
    while (!events_.empty() && now_ < end_of_time && !(now_ > last_fault && at_rest())) {
      const Event event = events_.top();
      events_.pop();
      now_ = event.time;
      event.run();
    }
    judge();
    return std::move(verdict_);
  }

 private:
  struct Event {
    int time;
    std::uint64_t order;
    std::function<void()> run;
    bool operator<(const Event& other) const { return std::pair(time, order) > std::pair(other.time, other.order); }
  };

  template <class... Parts>
  void tell(const Parts&... parts) {
    if (!story_) return;
    *story_ << now_ << ": ";
    (*story_ << ... << parts) << '\n';
  }

  int between(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  bool chance(int percent) { return between(1, 100) <= percent; }
  void at(int time, std::function<void()> run) { events_.push({time, ++order_, std::move(run)}); }
  void after(int delay, std::function<void()> run) { at(now_ + delay, std::move(run)); }
  redis::Safety::Time steady() const { return redis::Safety::Time(std::chrono::milliseconds(now_)); }

  // --- The network ---

  bool sees(std::size_t a, std::size_t b) const { return !cut_ || server_side_[a] == server_side_[b]; }
  bool shop_sees(std::size_t shop, std::size_t server) const {
    return !cut_ || shop_side_[shop] == 2 || shop_side_[shop] == server_side_[server];
  }

  void to_server(const ConnectionPtr& connection, std::function<void()> run) {
    connection->on_the_way.push_back(std::move(run));
    connection->to_server = std::max(now_ + between(1, 4), connection->to_server);
    at(connection->to_server, [this, connection] { arrive(connection); });
  }

  // What the network holds back arrives late, in its order, even when its sender has given the connection up.
  void arrive(const ConnectionPtr& connection) {
    const Server& server = servers_[connection->server];
    if (connection->ended_by_server || server.incarnation != connection->server_incarnation || !server.up) return;
    if (!shop_sees(connection->shop, connection->server) || chance(3)) {
      after(between(1, 20), [this, connection] { arrive(connection); });
      return;
    }
    const std::function<void()> run = std::move(connection->on_the_way.front());
    connection->on_the_way.pop_front();
    run();
  }

  void to_shop(const ConnectionPtr& connection, std::function<void()> run) {
    if (!shop_sees(connection->shop, connection->server) || chance(2)) return;  // It never comes.
    connection->to_shop = std::max(now_ + between(1, 4), connection->to_shop);
    at(connection->to_shop, [connection, run = std::move(run)] {
      if (!connection->closed_by_shop) run();
    });
  }

  // --- Servers ---

  void execute(Server& server, int cart, const CartQueue::Attempt& attempt, const Change& change, bool checked,
               Result<Outcome>& outcome) {
    CartRecord& record = server.data.try_emplace(cart, CartRecord{Cart{cart_id(cart)}}).first->second;
    const CommandId command_id = attempt.command_id;
    const bool check = guards_.applied_sequences && checked;
    if (!check)
      std::erase_if(record.applied_sequences,
                    [&](const AppliedSequence& last) { return last.producer == command_id.producer; });
    const Limits limits;
    const std::vector<AppliedSequence> required = check ? attempt.required : std::vector<AppliedSequence>();
    const Time time{std::chrono::milliseconds(start_of_time + now_)};
    outcome = apply(record, change,
                    {command_id, time, std::chrono::days(7), limits, required, attempt.enforce_preconditions});
    if (outcome) replicate(server, cart);
  }

  void replicate(Server& primary, int cart) {
    ++primary.offset;
    const auto source = static_cast<std::size_t>(&primary - servers_.data());
    for (std::size_t i = 0; i < servers; ++i) {
      Server& replica = servers_[i];
      if (replica.follows != source || !replica.up) continue;
      replica.behind |= !sees(source, i);
      if (replica.behind) continue;
      replica.last_arrival = std::max(replica.last_arrival, now_ + between(1, chance(10) ? 25 : 5));
      at(replica.last_arrival,
         [this, i, source, cart, record = primary.data.at(cart), offset = primary.offset, epoch = primary.epoch] {
           Server& to = servers_[i];
           // The stream breaks where something is missing; the replica is brought up to date when it is seen again.
           if (!to.up || to.follows != source || to.epoch != epoch || offset <= to.offset) return;
           to.behind |= offset != to.offset + 1 || !sees(source, i);
           if (to.behind) return;
           to.data.insert_or_assign(cart, record);
           to.offset = offset;
           acknowledge(i, source);
         });
    }
  }

  void acknowledge(std::size_t replica, std::size_t source) {
    after(between(1, 3), [this, replica, source, offset = servers_[replica].offset, epoch = servers_[replica].epoch] {
      Server& primary = servers_[source];
      if (!primary.primary || primary.epoch != epoch || !sees(source, replica)) return;
      Server::Replica& listed = primary.replicas[replica];
      listed.acknowledged = std::max(listed.acknowledged, offset);
    });
  }

  void follow(std::size_t replica, std::size_t source) {
    tell("server ", replica, " follows ", source);
    Server& server = servers_[replica];
    const Server& primary = servers_[source];
    server.primary = false;
    server.follows = source;
    server.data = primary.data;
    server.offset = primary.offset;
    server.epoch = primary.epoch;
    server.behind = false;
    server.replicas.clear();
    servers_[source].replicas[replica] = {server.offset, now_};
    end_connections(replica);
  }

  void every_look() {
    if (!cut_) reunite();
    for (std::size_t i = 0; i < servers; ++i)  // Replicas acknowledge now and then what they have.
      if (servers_[i].up && servers_[i].follows) acknowledge(i, *servers_[i].follows);
    after(15, [this] { every_look(); });
  }

  void end_connections(std::size_t server) {
    for (const ConnectionPtr& connection : connections_) {
      if (connection->server != server || connection->ended_by_server) continue;
      connection->ended_by_server = true;
      to_shop(connection, [this, connection] { lose(shops_[connection->shop], connection); });
    }
  }

  std::size_t named() const {  // By the majority.
    for (std::size_t i = 0; i < servers; ++i)
      if (std::count(primary_named_.begin(), primary_named_.end(), i) >= 2) return i;
    return 0;
  }

  // Of the replicas that can be seen the one that has most becomes the primary, in an epoch of its own.
  void fail_over(int seen_from_side) {
    const std::size_t old = named();
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < servers; ++i) {
      const Server& server = servers_[i];
      if (i == old || !server.up || server.follows != old || (cut_ && server_side_[i] != seen_from_side)) continue;
      if (!best || server.offset > servers_[*best].offset) best = i;
    }
    if (!best) return;
    ++verdict_.failovers;
    tell("failover from ", old, " at ", servers_[old].offset, " to ", *best, " at ", servers_[*best].offset);
    Server& promoted = servers_[*best];
    promoted.primary = true;
    promoted.follows.reset();
    promoted.epoch = ++epochs_;
    promoted.replicas.clear();
    if (sees(old, *best)) servers_[old].replicas.erase(*best);  // It says so as it goes.
    for (std::size_t i = 0; i < sentinels; ++i)
      if (!cut_ || sentinel_side_[i] == seen_from_side) name(i, *best);
    after(between(1, 6), [this] { reunite(); });
  }

  // Whoever can see the primary that the majority names follows it.
  void reunite() {
    const std::size_t primary = named();
    if (!servers_[primary].up) return;
    for (std::size_t i = 0; i < servers; ++i) {
      if (i == primary || !servers_[i].up || !sees(i, primary)) continue;
      const Server& server = servers_[i];
      if (server.behind || server.epoch != servers_[primary].epoch || server.follows != primary) follow(i, primary);
    }
    if (!cut_)
      for (std::size_t i = 0; i < sentinels; ++i) name(i, primary);
  }

  // The Sentinels have agreed; each gets to tell it in its time.
  void name(std::size_t sentinel, std::size_t primary) {
    if (primary_named_[sentinel] == primary) return;
    primary_named_[sentinel] = primary;
    after(between(0, sentinel_lag), [this, sentinel] { primary_told_[sentinel] = primary_named_[sentinel]; });
  }

  redis::Replication replication(Server& server) {
    const auto self = static_cast<std::size_t>(&server - servers_.data());
    redis::Replication says;
    says.role = server.primary ? redis::Role::primary : redis::Role::replica;
    says.offset = server.offset;
    for (auto replica = server.replicas.begin(); replica != server.replicas.end();) {
      if (sees(self, replica->first) && servers_[replica->first].up) replica->second.seen = now_;
      if (now_ - replica->second.seen > replica_timeout) {
        replica = server.replicas.erase(replica);
      } else {
        says.acknowledged.push_back(replica->second.acknowledged);
        ++replica;
      }
    }
    says.announced = says.acknowledged.size();
    return says;
  }

  // --- Faults: one at a time, healed before the next ---

  void fault() {
    if (now_ > last_fault) return;
    const int pause = between(20, 60);
    const std::size_t primary = named();
    if (!whole()) {
      after(5, [this] { fault(); });
      return;
    }
    switch (between(0, 5)) {
      case 0:
      case 1: cut(primary, between(10, 150)); break;
      case 2: crash(primary); break;
      case 3: fail_over(0); break;
      case 4: {
        Shop& shop = shops_[static_cast<std::size_t>(between(0, shops - 1))];
        shop.clock_offset += chance(50) ? 3'600'000 : -3'600'000;
        if (shop.has_journal && shop.up) crash(shop);
        break;
      }
      default:
        for (Shop& shop : shops_)
          if (shop.connection && chance(70)) lose(shop, shop.connection);
    }
    after(pause, [this] { fault(); });
  }

  bool whole() const {
    const std::size_t primary = named();
    const Server& server = servers_[primary];
    const bool attached = std::all_of(servers_.begin(), servers_.end(), [&](const Server& one) {
      return one.up && (&one == &server || (one.follows == primary && one.epoch == server.epoch));
    });
    return !cut_ && server.up && server.primary && attached &&
           std::all_of(shops_.begin(), shops_.end(), [](const Shop& shop) { return shop.up; });
  }

  void cut(std::size_t primary, int duration) {
    cut_ = true;
    tell("server ", primary, " is cut off");
    const bool with_replica = chance(60);
    server_side_.fill(1);
    server_side_[primary] = 0;
    if (with_replica) server_side_[(primary + static_cast<std::size_t>(between(1, 2))) % servers] = 0;
    sentinel_side_.fill(1);
    if (chance(60)) sentinel_side_[static_cast<std::size_t>(between(0, sentinels - 1))] = 0;
    for (int& side : shop_side_) side = between(0, 2);
    after(down_after, [this, id = ++cuts_] {
      if (cut_ && id == cuts_) fail_over(1);
    });
    after(duration, [this] {
      cut_ = false;
      tell("the network heals");
      after(between(1, 8), [this] { reunite(); });
    });
  }

  void crash(std::size_t server) {
    tell("server ", server, " crashes");
    servers_[server].up = false;
    servers_[server].primary = false;
    end_connections(server);
    after(down_after, [this] { fail_over(0); });
    after(down_after + between(5, 40), [this, server] {
      Server& back = servers_[server];
      back.up = true;
      ++back.incarnation;
      if (named() == server) {
        back.primary = true;
      } else {
        follow(server, named());
      }
    });
  }

  void crash(Shop& shop) {
    tell("a shop server crashes");
    shop.up = false;
    if (shop.connection) shop.connection->closed_by_shop = true;
    // A fence is put up by the process that lost the connection. Attempts that nobody checks are judged without the
    // bytes of processes that died: no fence would hold them back.
    if (!guards_.checked_first)
      for (const ConnectionPtr& connection : connections_)
        connection->ended_by_server |= &shops_[connection->shop] == &shop;
    for (Command& command : commands_)
      if (&shops_[command.shop] == &shop && command.fate == Fate::open) command.fate = Fate::unknown;
    after(between(5, 30), [this, &shop] { start(shop); });
  }

  // --- Shop servers ---

  void start(Shop& shop) {
    shop.up = true;
    ++shop.life;
    shop.producer = ++producers_;
    shop.last_sequence = 0;
    shop.queues.clear();
    shop.under_way.clear();
    shop.safety.reset();
    shop.asking = shop.connecting = false;
    shop.connection.reset();
    shop.lost.clear();
    std::sort(shop.disk.begin(), shop.disk.end(),
              [](const Record& a, const Record& b) { return a.command_id.sequence < b.command_id.sequence; });
    for (const Record& record : shop.disk)
      shop.queues[record.cart].accept(record.command_id, record.change, record.accepted, true);
  }

  void every_tick(std::size_t which) {
    Shop& shop = shops_[which];
    if (shop.up) {
      if (!shop.connection) connect(which);
      if (shop.connection) {
        const bool silent = (shop.asking && now_ - shop.asked > silence_timeout) ||
                            std::any_of(shop.under_way.begin(), shop.under_way.end(),
                                        [&](const auto& sent) { return now_ - sent.second > silence_timeout; });
        const std::size_t elsewhere = word_of_a_sentinel(which);
        if (silent ||
            (elsewhere != shop.connection->server && servers_[elsewhere].primary && shop_sees(which, elsewhere)))
          lose(shop, shop.connection);
      }
      if (shop.connection) {
        tell_queues(shop);
        ask_for_checkpoint(shop);
        settle(shop);
      }
      for (int cart = 0; cart < carts; ++cart) drive(which, cart);
    }
    after(tick_interval, [this, which] { every_tick(which); });
  }

  // Any Sentinel that it can see; without one, what it knew.
  std::size_t word_of_a_sentinel(std::size_t which) {
    std::vector<std::size_t> words;
    for (std::size_t i = 0; i < sentinels; ++i)
      if (!cut_ || shop_side_[which] == 2 || shop_side_[which] == sentinel_side_[i]) words.push_back(primary_told_[i]);
    if (words.empty()) return shops_[which].connection ? shops_[which].connection->server : named();
    return words[static_cast<std::size_t>(between(0, static_cast<int>(words.size()) - 1))];
  }

  void connect(std::size_t which) {
    Shop& shop = shops_[which];
    const std::size_t target = word_of_a_sentinel(which);
    if (shop.connecting || !shop_sees(which, target) || !servers_[target].up || !servers_[target].primary) return;
    shop.connecting = true;
    after(between(1, 5), [this, which, target, life = shop.life] {
      Shop& self = shops_[which];
      if (!self.up || self.life != life) return;
      self.connecting = false;
      const Server& server = servers_[target];
      if (!server.up || !server.primary || !shop_sees(which, target) || self.connection) return;
      if (!self.safety || self.server != target) meet(self, target);
      const std::uint64_t epoch = seen_epoch(self, server.epoch);
      self.connection = std::make_shared<Connection>(Connection{which, target, server.incarnation, epoch});
      connections_.push_back(self.connection);
      if (guards_.fence)
        for (const ConnectionPtr& old : self.lost) old->ended_by_server |= old->server == target;
      self.safety->connected(epoch);
      tell("shop ", which, " connects to ", target, " in ", epoch);
      // What is not checked has to know at once; what is checked is told by the server.
      if (!guards_.checked_first) tell_queues(self);
      for (int cart = 0; cart < carts; ++cart) drive(which, cart);
    });
  }

  void meet(Shop& shop, std::size_t server) {
    redis::SafetyPolicy policy;
    policy.authority = guards_.authority;
    if (guards_.authority_lag) policy.authority_lag = std::chrono::milliseconds(sentinel_lag);
    policy.retention_without_copy = std::chrono::milliseconds(40);
    shop.safety = std::make_unique<redis::Safety>(policy);
    shop.server = server;
    shop.salt = ++salts_;
  }

  static std::uint64_t seen_epoch(const Shop& shop, std::uint64_t epoch) { return epoch * 1'000'000 + shop.salt; }

  void tell_queues(Shop& shop) {
    if (!guards_.retained_first && shop.moved_to != shop.connection->epoch && chance(50))
      return;  // It gets to it later.
    shop.moved_to = shop.connection->epoch;
    for (auto& [cart, queue] : shop.queues) queue.moved_to(shop.connection->epoch);
  }

  void lose(Shop& shop, const ConnectionPtr& connection) {
    if (shop.connection != connection) return;
    connection->closed_by_shop = true;
    shop.lost.push_back(connection);
    shop.connection.reset();
    shop.asking = false;
    for (const auto& [cart, sent] : std::exchange(shop.under_way, {}))
      shop.queues[cart].report(CartQueue::Ending::outcome_unknown, {});
  }

  bool serves(const Shop& shop) const {
    return shop.connection && std::all_of(shop.under_way.begin(), shop.under_way.end(),
                                          [&](const auto& sent) { return now_ - sent.second <= patience; });
  }

  void drive(std::size_t which, int cart) {
    Shop& shop = shops_[which];
    if (!shop.connection) return;
    CartQueue& queue = shop.queues[cart];
    const auto next = queue.next();
    if (!next) return;
    CartQueue::Attempt attempt = *next;
    if (!guards_.retained_first) attempt.required.clear();
    const bool repeated = !attempted_.insert({attempt.command_id.producer, attempt.command_id.sequence}).second;
    verdict_.repeated += repeated;
    const bool checked = guards_.checked_first || repeated || !attempt.enforce_preconditions;
    shop.under_way[cart] = now_;
    const std::uint64_t checkpoint = shop.safety->sent();
    const ConnectionPtr connection = shop.connection;
    to_server(connection, [this, which, cart, connection, attempt, change = *attempt.change, checked, checkpoint] {
      Server& server = servers_[connection->server];
      std::optional<Result<Outcome>> outcome;
      if (server.primary) execute(server, cart, attempt, change, checked, outcome.emplace(Outcome{}));
      const std::vector<AppliedSequence> applied_sequences =
          outcome ? server.data.at(cart).applied_sequences : std::vector<AppliedSequence>();
      to_shop(connection, [this, which, cart, connection, attempt, outcome, applied_sequences, checkpoint] {
        if (shops_[which].connection == connection)
          answered(which, cart, attempt, outcome, applied_sequences, {connection->epoch, checkpoint});
      });
    });
  }

  void answered(std::size_t which, int cart, const CartQueue::Attempt& attempt,
                const std::optional<Result<Outcome>>& outcome, const std::vector<AppliedSequence>& applied_sequences,
                WritePosition position) {
    using Ending = CartQueue::Ending;
    const CommandId command_id = attempt.command_id;
    Shop& shop = shops_[which];
    shop.under_way.erase(cart);
    const bool rolled_back = outcome && !*outcome && outcome->error().code == Errc::rolled_back;
    const Ending ending = !outcome ? Ending::not_sent : rolled_back ? Ending::rolled_back : Ending::applied;
    shop.queues[cart].report(ending, position);
    if (ending == Ending::applied && guards_.applied_sequences && guards_.retained_first)
      shop.queues[cart].shown(applied_sequences);
    tell("shop ", which, " hears of ", command_id.producer, '-', command_id.sequence, " of cart ", cart, ": ending ",
         static_cast<int>(ending), " in ", position.epoch, " round ", position.checkpoint);
    if (ending == Ending::applied) {
      if (Command* command = find(command_id)) {
        command->applied = true;
        acknowledge_when_ready(*command);
      }
      for (Record& record : shop.disk) record.accepted |= record.command_id == command_id;
    }
    drive(which, cart);
  }

  // --- Commands ---

  CommandId next_command_id(Shop& shop) {
    const std::int64_t time = (start_of_time + now_ + shop.clock_offset) * 1000;
    shop.last_sequence = std::max(shop.last_sequence + 1, static_cast<std::uint64_t>(time));
    return {shop.producer, shop.last_sequence};
  }

  void submit() {
    const auto which = static_cast<std::size_t>(between(0, shops - 1));
    Shop& shop = shops_[which];
    if (!shop.up) return;
    const std::size_t number = commands_.size();
    Command& command = commands_.emplace_back();
    command.cart = between(0, carts - 1);
    command.shop = which;
    command.life = shop.life;
    command.command_id = next_command_id(shop);
    tell("command ", number, " on cart ", command.cart, " at shop ", which, ": ", command.command_id.producer, '-',
         command.command_id.sequence);
    command.change = Change{Batch{{Add{*Sku::parse("S" + std::to_string(number)), 1}}}};
    command.promised = shop.has_journal && !serves(shop);
    shop.queues[command.cart].accept(command.command_id, command.change, command.promised);
    if (shop.has_journal) {
      // The disk has it a little later, unless the process dies first.
      after(between(1, 6), [this, number] {
        Command& written = commands_[number];
        Shop& owner = shops_[written.shop];
        if (!owner.up || owner.life != written.life) return;
        owner.disk.push_back({written.command_id, written.cart, written.change, written.promised || written.applied});
        written.durable = true;
        acknowledge_when_ready(written);
      });
    }
    after(command_deadline, [this, number] { give_up(number); });
    drive(which, command.cart);
  }

  void acknowledge_when_ready(Command& command) {
    const Shop& shop = shops_[command.shop];
    if (command.fate != Fate::open || (shop.has_journal && !command.durable) || !(command.applied || command.promised))
      return;
    command.fate = Fate::acknowledged;
    ++verdict_.acknowledged;
    if (!command.applied) ++verdict_.from_journal;
  }

  void give_up(std::size_t number) {
    Command& command = commands_[number];
    Shop& shop = shops_[command.shop];
    if (command.fate != Fate::open || !shop.up || shop.life != command.life) return;
    CartQueue& queue = shop.queues[command.cart];
    if (shop.has_journal && command.durable) {
      queue.promise(command.command_id);
      after(between(1, 6), [this, number] {
        Command& promised = commands_[number];
        Shop& owner = shops_[promised.shop];
        if (!owner.up || owner.life != promised.life) return;
        for (Record& record : owner.disk) record.accepted |= record.command_id == promised.command_id;
        promised.promised = true;
        acknowledge_when_ready(promised);
      });
      return;
    }
    command.fate = queue.withdraw(command.command_id) ? Fate::unknown : Fate::refused;
  }

  Command* find(CommandId command_id) {
    const auto found = std::find_if(commands_.begin(), commands_.end(),
                                    [&](const Command& command) { return command.command_id == command_id; });
    return found == commands_.end() ? nullptr : &*found;
  }

  // --- Settling ---

  void ask_for_checkpoint(Shop& shop) {
    if (shop.asking || !shop.safety->wants_checkpoint()) return;
    shop.asking = true;
    shop.asked = now_;
    shop.safety->ask();
    const ConnectionPtr connection = shop.connection;
    to_server(connection, [this, connection] {
      Server& server = servers_[connection->server];
      to_shop(connection, [this, connection, says = replication(server), epoch = server.epoch] {
        Shop& self = shops_[connection->shop];
        if (self.connection != connection) return;
        self.asking = false;
        tell("shop ", connection->shop, " hears offset ", says.offset, " of ", connection->server, ", copies ",
             says.acknowledged.size(),
             says.acknowledged.empty() ? 0 : *std::min_element(says.acknowledged.begin(), says.acknowledged.end()));
        self.safety->answered(seen_epoch(self, epoch), says, steady());
      });
    });
  }

  void settle(Shop& shop) {
    const ConnectionPtr connection = shop.connection;
    if (shop.safety->wants_confirmation(steady())) {
      const std::uint64_t checkpoint = shop.safety->ask_authority(steady());
      after(between(1, 8), [this, connection, checkpoint, life = shop.life] {
        Shop& self = shops_[connection->shop];
        if (!self.up || self.life != life || !self.safety) return;
        std::size_t behind = 0;
        for (std::size_t i = 0; i < sentinels; ++i) {
          const bool seen =
              !cut_ || shop_side_[connection->shop] == 2 || shop_side_[connection->shop] == sentinel_side_[i];
          behind += seen && primary_told_[i] == connection->server;
        }
        if (2 * behind > sentinels) self.safety->confirmed(connection->epoch, checkpoint);
      });
    }
    for (auto& [cart, queue] : shop.queues) {
      for (const CommandId& settled : queue.settle(shop.safety->epoch(), shop.safety->durable_checkpoint())) {
        tell("settled ", settled.producer, '-', settled.sequence, " in ", shop.safety->epoch(), " by round ",
             shop.safety->durable_checkpoint());
        std::erase_if(shop.disk, [&](const Record& record) { return record.command_id == settled; });
      }
    }
  }

  // --- The end ---

  bool at_rest() const {
    return whole() && std::all_of(shops_.begin(), shops_.end(), [](const Shop& shop) {
             return std::all_of(shop.queues.begin(), shop.queues.end(),
                                [](const auto& queue) { return queue.second.empty(); });
           });
  }

  void judge() {
    verdict_.commands = commands_.size();
    if (!at_rest()) verdict_.violations.push_back("the outboxes never came to rest");
    const std::map<int, CartRecord>& data = servers_[named()].data;
    for (std::size_t number = 0; number < commands_.size(); ++number) {
      const Command& command = commands_[number];
      const std::string sku = "S" + std::to_string(number);
      std::int64_t times = 0;
      if (const auto record = data.find(command.cart); record != data.end())
        for (const Line& line : record->second.cart.lines)
          if (line.sku.str() == sku) times = line.quantity;
      verdict_.unknown += command.fate == Fate::unknown;
      const std::string who = "command " + std::to_string(number) + " of shop " + std::to_string(command.shop);
      if (times > 1) verdict_.violations.push_back(who + " was applied twice");
      if (command.fate == Fate::acknowledged && times == 0)
        verdict_.violations.push_back(who + " was acknowledged and is lost");
      if (command.fate == Fate::refused && times > 0) verdict_.violations.push_back(who + " was refused and is there");
    }
  }

  std::mt19937_64 random_;
  const Guards guards_;
  std::ostream* const story_;
  int now_ = 0;
  std::uint64_t order_ = 0;
  std::priority_queue<Event> events_;

  std::array<Server, servers> servers_{};
  std::array<std::size_t, sentinels> primary_named_{};
  std::array<std::size_t, sentinels> primary_told_{};
  std::array<Shop, shops> shops_{};
  std::vector<ConnectionPtr> connections_;
  std::vector<Command> commands_;
  std::set<std::pair<ProducerId, std::uint64_t>> attempted_;
  std::uint64_t epochs_ = 1;
  std::uint64_t salts_ = 0;
  ProducerId producers_ = 0;

  bool cut_ = false;
  int cuts_ = 0;
  std::array<int, servers> server_side_{};
  std::array<int, sentinels> sentinel_side_{};
  std::array<int, shops> shop_side_{};  // 2: sees both.

  Verdict verdict_;
};

}  // namespace

Verdict simulate(std::uint64_t seed, const Guards& guards, std::ostream* story) {
  return World(seed, guards, story).run();
}

}  // namespace cartd::test
