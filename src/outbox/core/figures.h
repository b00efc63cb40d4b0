// The outbox's core's counts, as plain numbers: its driver publishes the differences.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cartd {

struct OutboxFigures {
  std::size_t pending = 0;       ///< Changes taken on that the store may not have.
  std::size_t acknowledged = 0;  ///< Of these, changes whose clients have their answer.
  std::size_t unconfirmed = 0;   ///< Changes that the store has and a single fault may still undo.
  std::size_t memory = 0;  ///< Bytes that these take, with what is kept of their carts and in the journal's index.

  // Since the beginning:
  std::uint64_t replayed = 0;      ///< Sent again, or late, and applied.
  std::uint64_t deduplicated = 0;  ///< Sent again, and found to be there.
  std::uint64_t dropped = 0;       ///< Let go of before they were durable, for lack of memory.
  std::uint64_t resent = 0;        ///< Changes that the store had wait again, because it may have lost them.
  std::uint64_t resend_ended = 0;  ///< Of these the store has so many again …
  std::uint64_t restored = 0;      ///< … and so many of them took effect only then: they had been lost.
  std::uint64_t journaled = 0;     ///< Acknowledged from the journal.
  std::uint64_t remembered = 0;    ///< Acknowledged from memory, while the store was away.
  std::uint64_t recovered = 0;     ///< Taken over from an earlier process.
  std::uint64_t delivered = 0;     ///< Acknowledged before the store had them, and now it has.
  std::uint64_t dead_letters = 0;  ///< Became dead letters.

  friend bool operator==(const OutboxFigures&, const OutboxFigures&) = default;
};

}  // namespace cartd
