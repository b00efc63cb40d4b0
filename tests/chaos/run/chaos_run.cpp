#include "chaos/run/chaos_run.h"

#include "chaos/checker/promises.h"
#include "chaos/checker/purchase_check.h"
#include "chaos/checker/user_rules.h"
#include "chaos/deployment/fleet.h"
#include "chaos/faults/fault_injector.h"
#include "chaos/faults/namespaces.h"
#include "chaos/run/final_state.h"
#include "chaos/run/pause.h"
#include "chaos/workload/client_pool.h"
#include "chaos/workload/purchases.h"
#include "support/wait_until.h"

#include <unistd.h>

#include <algorithm>
#include <iomanip>
#include <mutex>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// For an outbox that keeps what it cannot know to be safe for its retention time, and for slow machines.
constexpr auto settling_patience = 120s;
constexpr auto progress_interval = 10s;

/// One line at a time, whoever writes.
class EventLog {
 public:
  EventLog(History& history, Clock::time_point began, std::ostream& out)
      : history_(history), began_(began), out_(out) {}

  void write(const std::string& text) {
    const auto now = Clock::now() - began_;
    history_.note(std::chrono::duration_cast<Moment>(now), text);
    const std::lock_guard lock(mutex_);
    out_ << std::fixed << std::setprecision(1) << std::setw(7) << std::chrono::duration<double>(now).count() << " s  "
         << text << std::endl;
  }

 private:
  History& history_;
  const Clock::time_point began_;
  std::mutex mutex_;
  std::ostream& out_;
};

/// Says every ten seconds how far the run is.
class Progress {
 public:
  Progress(const History& history, EventLog& log)
      : thread_([&](const std::stop_token& stop) {
          while (pause(progress_interval, stop)) log.write(text_of(history));
        }) {}

 private:
  static std::string text_of(const History& history) {
    std::string text;
    for (const Outcome outcome : {Outcome::acknowledged, Outcome::unknown, Outcome::refused})
      text += std::string(text.empty() ? "" : ", ") + std::to_string(history.count(outcome)) + " " + to_string(outcome);
    return text;
  }

  std::jthread thread_;
};

bool all_settled(const Fleet& fleet) {
  for (int i = 0; i < fleet.size(); ++i)
    if (!fleet.ready(i) || !fleet.settled(i)) return false;
  return true;
}

/// In a folder that outlives the run.
std::filesystem::path keep(const History& history, std::uint64_t seed) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("cartd-history-" + std::to_string(seed) + "-" + std::to_string(::getpid()) + ".jsonl");
  history.write(file);
  return file;
}

/// One run, from its beginning to what the checker says.
class ChaosRun {
 public:
  ChaosRun(Deployment& deployment, const ChaosOptions& options, std::ostream& out)
      : deployment_(deployment),
        options_(options),
        workload_{.seed = options.seed,
                  .clients = options.clients,
                  .servers = options.cartds,
                  .carts = options.carts,
                  .plain_clients = options.plain_clients},
        fleet_({.program = options.program,
                .count = options.cartds,
                .redis_url = deployment.url(),
                .database_url = deployment.database_url(),
                .journal = options.journal,
                .memory_while_away = options.memory_while_away,
                .clock = options.clock,
                .address = options.address}),
        log_(history_, began_, out) {}

  ChaosReport run() {
    try {
      execute();
    } catch (const std::runtime_error& broken) {
      report_.result.violations.emplace_back(broken.what());
    }
    if (!report_.result.violations.empty()) report_.history_file = keep(history_, options_.seed);
    return std::move(report_);
  }

 private:
  void execute() {
    std::size_t unanswered = 0;
    {
      const Progress progress(history_, log_);
      ClientPool clients(workload_, options_.requests_per_second, fleet_.ports(),
                         deployment_.port_for_plain_clients().value_or(0), history_, began_);
      inject_faults();
      unanswered = clients.finish();
    }
    log_.write("the clients are done; waiting for the outboxes");
    if (!wait_until([this] { return all_settled(fleet_); }, settling_patience))
      throw std::runtime_error("the outboxes do not become empty");
    const CheckOptions check_options{.store_may_roll_back = deployment_.may_roll_back()};
    std::vector<Exchange> exchanges = history_.exchanges();
    mark_unpromised(exchanges, kills());
    report_.result = check(exchanges, read_carts(deployment_, fleet_, carts_of(workload_)), check_options);
    check_users(history_.user_exchanges(), read_users(deployment_, fleet_, users_of(workload_)), check_options,
                report_.result);
    check_purchases(check_options);
    if (unanswered > 0)
      report_.result.violations.push_back(std::to_string(unanswered) +
                                          " commands were not acknowledged within a minute after all was whole");
  }

  void check_purchases(CheckOptions check_options) {
    std::vector<PurchaseExchange> exchanges = history_.purchase_exchanges();
    mark_unpromised(exchanges, kills());
    std::set<std::string> checkouts;
    for (const PurchaseExchange& exchange : exchanges)
      if (!exchange.checkout.empty()) checkouts.insert(exchange.checkout);
    const std::vector<std::string> carts = customers_carts(workload_);
    cartd::test::check_purchases(exchanges, carts_at_rest(carts), read_orders(fleet_, carts, checkouts), check_options,
                                 report_.result);
  }

  /// A merge that was left in the middle is finished by reading its source, two seconds after it began.
  std::vector<FinalCarts> carts_at_rest(const std::vector<std::string>& carts) {
    std::vector<FinalCarts> shown = read_carts(deployment_, fleet_, carts);
    const auto rested = [&] {
      std::vector<FinalCarts> before = std::exchange(shown, read_carts(deployment_, fleet_, carts));
      return std::equal(before.begin(), before.end(), shown.begin(), [](const FinalCarts& a, const FinalCarts& b) {
        return std::equal(a.carts.begin(), a.carts.end(), b.carts.begin(), [](const auto& one, const auto& other) {
          return one.second.quantities == other.second.quantities;
        });
      });
    };
    if (!wait_until(rested, settling_patience)) throw std::runtime_error("carts of customers do not come to rest");
    return shown;
  }

  std::vector<Kill> kills() const {
    std::vector<Kill> all;
    for (const auto& [number, when] : fleet_.killed())
      all.push_back({number, std::chrono::duration_cast<Moment>(when - began_)});
    return all;
  }

  void inject_faults() {
    FaultInjector injector(deployment_, fleet_, options_.stop, [this](const std::string& text) { log_.write(text); });
    const std::vector<FaultKind> kinds =
        options_.faults.empty() ? possible_faults(deployment_, options_) : options_.faults;
    FaultSchedule schedule(options_.seed, kinds);
    // What there is to lose before the first fault.
    const auto used = [this] {
      return history_.count(Outcome::acknowledged) >= static_cast<std::size_t>(4 * options_.clients);
    };
    if (!options_.stop.stop_requested() && !wait_until(used, settling_patience))
      throw std::runtime_error("the cartds acknowledge nothing");
    const auto end = Clock::now() + options_.lasts;
    while (Clock::now() < end && !options_.stop.stop_requested()) {
      const Fault fault = schedule.next();
      report_.faults.push_back(to_string(fault.kind));
      injector.run(fault);
    }
  }

  Deployment& deployment_;
  const ChaosOptions& options_;
  const WorkloadOptions workload_;
  Fleet fleet_;
  const Clock::time_point began_ = Clock::now();
  History history_;
  EventLog log_;
  ChaosReport report_;
};

}  // namespace

std::vector<FaultKind> possible_faults(const Deployment& deployment, const ChaosOptions& options) {
  std::vector<FaultKind> kinds = deployment.faults();
  if (options.plain_clients > 0) std::erase(kinds, FaultKind::kill_primary);
  kinds.push_back(FaultKind::kill_cartd);
  const bool has_server = !deployment.url().empty() || !deployment.database_url().empty();
  // Two things at once: what the primary that is replaced meanwhile had alone, a cartd without a journal takes with it.
  if (has_server && (options.journal || !deployment.may_roll_back())) kinds.push_back(FaultKind::kill_cartd_twice);
  if (!options.clock.empty()) kinds.push_back(FaultKind::jump_clock);
  if (options.journal && mounts_obstacle().empty())
    kinds.insert(kinds.end(), {FaultKind::fill_disk, FaultKind::lock_disk});
  return kinds;
}

ChaosReport run_chaos(Deployment& deployment, const ChaosOptions& options, std::ostream& out) {
  if (options.plain_clients > 0 && (options.journal || !deployment.port_for_plain_clients()))
    throw std::invalid_argument("plain clients need a server that loses nothing, and cartds without journals");
  if (options.memory_while_away && (options.journal || options.plain_clients > 0 || deployment.url().empty()))
    throw std::invalid_argument("memory while Redis is away needs a Redis, and neither journals nor plain clients");
  if (deployment.url().empty() && deployment.database_url().empty() && (options.cartds != 1 || !options.journal))
    throw std::invalid_argument("carts in an embedded store need one cartd with a data directory");
  out << "seed " << options.seed << std::endl;
  return ChaosRun(deployment, options, out).run();
}

}  // namespace cartd::test
