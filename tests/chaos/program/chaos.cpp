// chaos: clients, cartds, a Redis deployment, faults by a seed, and a check of the history. See --help.
#include "chaos/deployment/deployment.h"
#include "chaos/faults/fault_schedule.h"
#include "chaos/faults/links.h"
#include "chaos/faults/namespaces.h"
#include "chaos/faults/network_faults.h"
#include "chaos/run/chaos_run.h"

#include <unistd.h>
#include <CLI/CLI.hpp>

#include <csignal>
#include <exception>
#include <iostream>
#include <memory>
#include <random>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

namespace {

using namespace cartd::test;

constexpr int clean = 0;
constexpr int violated = 1;
constexpr int wrong_usage = 2;
constexpr int interrupted = 130;

/// Requests a stop when SIGINT or SIGTERM comes, from where everything may be done.
class Interruption {
 public:
  Interruption() {
    if (::pipe(pipe_) != 0) throw std::runtime_error("no pipe");
    for (const int number : {SIGINT, SIGTERM}) std::signal(number, [](int) { tell('i'); });
    thread_ = std::thread([this] {
      char what = 0;
      while (::read(pipe_[0], &what, 1) < 0) continue;
      if (what == 'i') source_.request_stop();
    });
  }
  ~Interruption() {
    tell('e');
    thread_.join();
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  static void tell(char what) { static_cast<void>(!::write(pipe_[1], &what, 1)); }

  static inline int pipe_[2];
  std::stop_source source_;
  std::thread thread_;
};

std::string names_of(const std::vector<FaultKind>& kinds) {
  std::string names;
  for (const FaultKind kind : kinds) names += (names.empty() ? "" : ",") + to_string(kind);
  return names;
}

struct Arguments {
  std::string topology = "standalone";
  std::string cartd = CARTD_PROGRAM;
  std::string faults{};
  bool journal = false;
  std::string while_away{};
  int cartds = 2;
  int clients = 32;
  int plain_clients = 0;
  int carts = 50;
  int rate = 150;
  int seconds = 60;
  std::uint64_t seed = std::random_device{}();
};

std::unique_ptr<Deployment> deployment_of(const Arguments& arguments) {
  const auto cartds = static_cast<std::size_t>(arguments.cartds);
  if (arguments.topology == "sentinel") return sentinel_deployment(cartds);
  if (arguments.topology == "cluster") return cluster_deployment(cartds);
  if (arguments.topology == "embedded") return embedded_deployment();
  if (arguments.topology == "postgres") return postgres_deployment();
  return standalone_deployment();
}

/// Which faults the machine does not permit, and why; empty when it permits all that there can be.
std::string left_out(const Arguments& arguments) {
  std::string text;
  if ((arguments.topology == "sentinel" || arguments.topology == "cluster") && !links_obstacle().empty())
    text += "left out: " + names_of(network_faults()) + ", because: " + links_obstacle() + "\n";
  if (arguments.journal && !mounts_obstacle().empty())
    text += "left out: " + names_of({FaultKind::fill_disk, FaultKind::lock_disk}) + ", because: " + mounts_obstacle() +
            "\n";
  return text;
}

void describe(CLI::App& app, Arguments& arguments) {
  app.add_option("--topology", arguments.topology,
                 "The deployment that holds the carts; embedded: one cartd with --journal, without Redis; postgres: "
                 "PostgreSQL, without Redis")
      ->check(CLI::IsMember({"standalone", "sentinel", "cluster", "embedded", "postgres"}))
      ->capture_default_str();
  app.add_option("--cartds", arguments.cartds, "How many cartds")->check(CLI::Range(1, 16))->capture_default_str();
  app.add_option("--clients", arguments.clients, "How many clients")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option(
         "--plain-clients", arguments.plain_clients,
         "How many plain clients also change carts directly in Redis; with --topology standalone, without --journal")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_option("--carts", arguments.carts, "How many carts")->check(CLI::Range(5, 100'000))->capture_default_str();
  app.add_option("--rate", arguments.rate, "Requests per second, of all clients together")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "How long faults are injected")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--seed", arguments.seed, "Seed of commands and faults; default: a new one each time");
  app.add_flag("--journal", arguments.journal, "Give each cartd a data directory");
  app.add_option(
         "--while-away", arguments.while_away,
         "As cartd's: memory, without --journal; then what a cartd acknowledged from memory may be lost with it")
      ->check(CLI::IsMember({"memory"}));
  app.add_option("--faults", arguments.faults, "Only these faults, separated by commas: " + names_of(all_faults()));
  app.add_option("--cartd", arguments.cartd, "The program under test")->check(CLI::ExistingFile);
}

std::vector<FaultKind> chosen_faults(const Arguments& arguments, const std::vector<FaultKind>& possible,
                                     const std::string& missing) {
  std::vector<FaultKind> kinds;
  std::istringstream names(arguments.faults);
  for (std::string name; std::getline(names, name, ',');) {
    const auto kind = fault_named(name);
    if (!kind) throw std::invalid_argument("unknown fault '" + name + "'; known are " + names_of(all_faults()));
    if (std::find(possible.begin(), possible.end(), *kind) == possible.end())
      throw std::invalid_argument(missing + "the fault " + name +
                                  " cannot be injected here; possible are: " + names_of(possible));
    kinds.push_back(*kind);
  }
  return kinds;
}

int run(const Arguments& arguments) {
  // Asked before there is a second thread.
  const std::string missing = left_out(arguments);
  const Interruption interruption;
  const std::unique_ptr<Deployment> deployment = deployment_of(arguments);
  ChaosOptions options{.program = arguments.cartd,
                       .clock = JUMPING_CLOCK_LIBRARY,
                       .address = OWN_ADDRESS_LIBRARY,
                       .cartds = arguments.cartds,
                       .journal = arguments.journal,
                       .memory_while_away = arguments.while_away == "memory",
                       .clients = arguments.clients,
                       .carts = arguments.carts,
                       .plain_clients = arguments.plain_clients,
                       .requests_per_second = arguments.rate,
                       .lasts = std::chrono::seconds(arguments.seconds),
                       .seed = arguments.seed,
                       .stop = interruption.token()};
  options.faults = chosen_faults(arguments, possible_faults(*deployment, options), missing);
  std::cout << missing;
  const ChaosReport report = run_chaos(*deployment, options, std::cout);
  print(report, std::cout);
  if (!report.result.violations.empty()) return violated;
  return interruption.token().stop_requested() ? interrupted : clean;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Injects faults into cartds and their Redis while clients use them, and checks that nothing acknowledged is lost "
      "or done twice. Network faults (" +
          names_of(network_faults()) +
          ") need nft and a network namespace, disk faults (fill-disk,lock-disk) a mount namespace, so they need root "
          "or "
          "user namespaces. Elsewhere they are left out, and the program says so. Exit code: 0 nothing found, 1 a "
          "violation, 2 wrong usage.",
      "chaos");
  describe(app, arguments);
  try {
    app.parse(argc, argv);
    return run(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? clean : wrong_usage;
  } catch (const std::invalid_argument& error) {
    std::cerr << "chaos: " << error.what() << std::endl;
    return wrong_usage;
  } catch (const std::exception& error) {
    std::cerr << "chaos: " << error.what() << std::endl;
    return violated;
  }
}
