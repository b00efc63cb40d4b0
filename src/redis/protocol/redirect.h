// From an error reply to the next step. Pure: it decides, others act.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::redis {

enum class NextStep {
  load_script,    ///< NOSCRIPT: send the script's text.
  follow_moved,   ///< MOVED: another server owns the slot, from now on.
  follow_ask,     ///< ASK: another server has the key, this once.
  try_again,      ///< TRYAGAIN: some of the keys are on their way to another server.
  retry_later,    ///< The server cannot now, and did nothing: LOADING, BUSY, CLUSTERDOWN, MASTERDOWN, NOREPLICAS,
                  ///< MISCONF, …
  find_primary,   ///< READONLY: this is a replica.
  out_of_memory,  ///< OOM: nothing was done.
  denied,  ///< NOAUTH, WRONGPASS, NOPERM, unknown command: the user may not, or the server cannot; nothing was done.
  wrong_type,  ///< WRONGTYPE: the key holds something else.
  unknown,  ///< Anything else: the state of the server, or of a proxy before it. Whether it did anything is not known.
};

struct Redirect {
  /// Stands for an unknown host in a redirect (cluster-preferred-endpoint-type): only a slot map may
  /// help.
  static constexpr std::string_view unknown_host = "?";

  NextStep step;
  std::uint16_t slot = 0;  ///< Of MOVED and ASK.
  std::string
      host{};  ///< Of MOVED and ASK; empty: the host that answered (Redis Cluster specification); or unknown_host.
  std::uint16_t port = 0;  ///< Of MOVED and ASK.

  friend bool operator==(const Redirect&, const Redirect&) = default;
};

/// `error` is the text of an error reply, without the leading "-". Never fails: what it cannot read is
/// NextStep::unknown.
Redirect redirect(std::string_view error);

/// The code of an error reply, as servers put it first: capital letters, digits and "_", at most 32 of them. "other"
/// where the text begins with something else.
std::string error_code(std::string_view error);

/// An error reply without the arguments that servers repeat in it ("ERR unknown command 'X', with args beginning with:
/// …"): they may be what customers wrote.
std::string_view without_arguments(std::string_view error);

/// Whether an error reply is part of finding the right server or script, and so nothing that an operator should hear
/// of.
bool is_routine(NextStep step);

}  // namespace cartd::redis
