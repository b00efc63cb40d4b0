// cartd: the service.
#include "apps/cartd/composition.h"
#include "apps/cartd/config.h"
#include "apps/cartd/machine.h"
#include "runtime/log.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>

namespace {

using namespace cartd;
using namespace cartd::app;

constexpr int done = 0;
constexpr int failed = 1;
constexpr int wrong_usage = 2;

int complain(int code, const std::string& line) {
  std::cerr << "cartd: " << line << std::endl;
  return code;
}

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// To be called before any thread starts: threads inherit that the ending signals wait for the main thread.
void take_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void wait_for_signal() {
  const sigset_t signals = ending_signals();
  int which = 0;
  sigwait(&signals, &which);
}

// From now on an ending signal ends the process on the spot.
void end_at_next_signal() {
  for (const int which : {SIGTERM, SIGINT}) std::signal(which, [](int) { _exit(failed); });
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

int serve(const Settings& settings) {
  const LogFormat by_terminal = isatty(STDERR_FILENO) == 1 ? LogFormat::plain : LogFormat::json;
  configure_log(settings.log_level, settings.log_format.value_or(by_terminal));
  take_signals();
  raise_file_limit();

  Composition cartd(settings);
  cartd.start();
  log(LogLevel::info, "cartd started",
      {{"version", CARTD_VERSION},
       {"store", store_text(settings)},
       {"topology", settings.redis ? redis::name(settings.redis->topology) : "one process"},
       {"outbox", settings.data_dir.empty() ? "memory" : "journal"},
       {"listen", to_text(cartd.listening_on())}});

  wait_for_signal();
  end_at_next_signal();
  log(LogLevel::info, "cartd stops: running requests are finished");
  if (!cartd.drain()) {
    log(LogLevel::warn, "cartd stopped; some requests took too long and were cut");
    std::_Exit(done);  // They may still be under way, so nothing that they use may go before the process does.
  }
  log(LogLevel::info, "cartd stopped");
  return done;
}

int run(const std::vector<std::string>& arguments) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  const auto invocation = parse_invocation(arguments, environment);
  if (!invocation) return complain(wrong_usage, invocation.error());
  const Settings& settings = invocation->settings;
  switch (invocation->task) {
    case Task::help: std::cout << invocation->text; return done;
    case Task::version: std::cout << "cartd " CARTD_VERSION "\n"; return done;
    case Task::check:
      std::cout << "the configuration is valid: store " << store_text(settings) << ", listen " << to_text(settings.listen) << "\n";
      return done;
    case Task::serve: break;
  }
  return serve(settings);
}

}  // namespace

int main(int count, char** values) {
  try {
    return run({values + 1, values + count});
  } catch (const std::exception& error) {
    return complain(failed, error.what());
  }
}
