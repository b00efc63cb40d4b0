// Copies of the embedded store, for operators: what the API asks of whoever has such a store.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace cartd::rest {

struct CheckpointOutcome {
  enum class Kind {
    made,
    exists,  ///< There is one with this name, or the beginning of one.
    busy,    ///< Another one is being made.
    full,    ///< The disk is full.
    failed,
  };
  Kind kind;
  std::string why{};  ///< Where it failed. For people; no paths.
};

/// Makes a copy as of now with a name that is_checkpoint_name() allows; answers on the caller's loop. Empty where no
/// store can do that.
using MakeCheckpoint = std::function<boost::asio::awaitable<CheckpointOutcome>(std::string name)>;

/// 1 to 64 characters of A-Z a-z 0-9 . _ -, of which the first is no point: a folder's name that leads nowhere else.
bool is_checkpoint_name(std::string_view name);

}  // namespace cartd::rest
