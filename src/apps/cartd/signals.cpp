#include "apps/cartd/signals.h"

#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace cartd::app {
namespace {

volatile std::sig_atomic_t code_at_next_signal = 0;

sigset_t set_of(std::initializer_list<int> numbers) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : numbers) sigaddset(&signals, number);
  return signals;
}

sigset_t ending_signals() { return set_of({SIGTERM, SIGINT}); }

sigset_t all_signals() { return set_of({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}); }

}  // namespace

void take_signals() {
  std::signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = all_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

Signal next_signal() {
  const sigset_t signals = all_signals();
  int number = 0;
  sigwait(&signals, &number);
  if (number == SIGHUP) return Signal::reload;
  return number == SIGUSR1 || number == SIGUSR2 ? Signal::unused : Signal::end;
}

void end_at_next_signal(int exit_code) {
  code_at_next_signal = exit_code;
  for (const int number : {SIGTERM, SIGINT}) std::signal(number, [](int) { _exit(code_at_next_signal); });
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

}  // namespace cartd::app
