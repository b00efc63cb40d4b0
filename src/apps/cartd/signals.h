// Which signals cartd understands, and how the main thread gets them.
//
// SIGTERM and SIGINT end it, SIGHUP has it read its configuration again, SIGUSR1 and SIGUSR2 do nothing. SIGPIPE is
// ignored: a client that goes away is an error of its connection.
#pragma once

namespace cartd::app {

enum class Signal { end, reload, unused };

/// To be called before any thread starts: threads inherit that the signals wait for the main thread.
void take_signals();

/// Waits for the next signal.
Signal next_signal();

/// From now on a signal that ends cartd does so on the spot; the others wait for ever.
void end_at_next_signal(int exit_code);

}  // namespace cartd::app
