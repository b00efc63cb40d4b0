// cartd: the service.
#include "apps/cartd/composition.h"
#include "apps/cartd/config.h"
#include "apps/cartd/exit_bound.h"
#include "apps/cartd/machine.h"
#include "apps/cartd/preflight.h"
#include "apps/cartd/signals.h"
#include "runtime/log.h"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace cartd;
using namespace cartd::app;

constexpr int done = 0;
constexpr int failed = 1;
constexpr int wrong_usage = 2;

// How long the process takes at most when all requests are answered: what is acknowledged is on the disk by then, so
// that nothing is lost by not waiting for it.
constexpr std::chrono::seconds time_to_end(3);

int complain(int code, const std::string& line) {
  std::cerr << "cartd: " << line << std::endl;
  return code;
}

using Arguments = std::vector<std::string>;

Arguments names_of_variables() {
  Arguments names;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

void configure_log(const Settings& settings) {
  const LogFormat by_terminal = isatty(STDERR_FILENO) == 1 ? LogFormat::plain : LogFormat::json;
  configure_log(settings.log_level, settings.log_format.value_or(by_terminal));
}

// Of all settings, those of the log can change while others use them.
void reload(const Arguments& arguments) {
  const auto invocation = parse_invocation(arguments, environment);
  if (!invocation)
    return log(LogLevel::error, "SIGHUP: the configuration has an error; nothing was changed",
               {{"why", invocation.error()}});
  configure_log(invocation->settings);
  log(LogLevel::info, "SIGHUP: log level and format reloaded; other settings need a restart");
}

void wait_for_end(const Arguments& arguments) {
  for (bool told = false;;) {
    switch (next_signal()) {
      case Signal::end: return;
      case Signal::reload: reload(arguments); break;
      case Signal::unused:
        if (!told) log(LogLevel::info, "SIGUSR1 and SIGUSR2 are ignored");
        told = true;
        break;
    }
  }
}

int serve(const Invocation& invocation, const Arguments& arguments) {
  const Settings& settings = invocation.settings;
  take_signals();
  configure_log(settings);
  raise_file_limit();
  for (const std::string& warning : invocation.warnings) log(LogLevel::warn, warning);

  ExitBound bound;  // Goes after cartd.
  Composition cartd(settings);
  cartd.start();
  log(LogLevel::info, "cartd started",
      {{"version", CARTD_VERSION},
       {"carts", carts_text(settings)},
       {"topology", settings.redis ? redis::name(settings.redis->topology) : "one process"},
       {"outbox", has_journal(settings) ? "journal" : "memory"},
       {"listen", to_text(cartd.listening_on())}});
  if ((settings.redis || has_database(settings)) && while_away(settings) == WhileAway::memory)
    log(LogLevel::warn, "--while-away=memory: changes that wait in memory for Redis are lost when cartd ends");

  wait_for_end(arguments);
  end_at_next_signal(failed);
  if (settings.drain_delay.count() > 0) {
    cartd.announce_stop();
    log(LogLevel::info, "stopping after --drain-delay; /readyz answers 503 and requests are served",
        {{"after", to_text(settings.drain_delay)}});
    std::this_thread::sleep_for(settings.drain_delay);
  }
  log(LogLevel::info, "stopping; waiting for running requests");
  if (!cartd.drain()) {
    log(LogLevel::warn, "cartd stopped; some requests took too long and were cut off");
    std::_Exit(done);  // They may still be under way, so nothing that they use may go before the process does.
  }
  bound.start(time_to_end, done);
  log(LogLevel::info, "cartd stopped");
  return done;
}

int run(const Arguments& arguments) {
  const auto invocation = parse_invocation(arguments, environment, names_of_variables());
  if (!invocation) return complain(wrong_usage, invocation.error());
  const Settings& settings = invocation->settings;
  switch (invocation->task) {
    case Task::help: std::cout << invocation->text; return done;
    case Task::version: std::cout << "cartd " CARTD_VERSION "\n"; return done;
    case Task::check:
      for (const std::string& warning : invocation->warnings) complain(done, "warning: " + warning);
      if (const auto fault = preflight(settings)) return complain(failed, *fault);
      std::cout << "the configuration is valid: carts " << carts_text(settings) << ", listen "
                << to_text(settings.listen) << "\n";
      return done;
    case Task::serve: break;
  }
  if (const auto fault = start_preflight(settings)) return complain(failed, *fault);
  return serve(*invocation, arguments);
}

}  // namespace

int main(int count, char** values) {
  try {
    return run({values + 1, values + count});
  } catch (const std::exception& error) {
    return complain(failed, error.what());
  }
}
