// The states of a connection.
#pragma once

namespace cartd::redis {

enum class LinkState {
  connecting,  ///< The first attempt, or the first one after a loss: requests wait for it.
  up,
  down,  ///< The last attempt failed: requests fail at once; attempts go on behind a backoff.
};

}  // namespace cartd::redis
