// commit.lua: its arguments, and what its answer means. Pure.
#pragma once

#include "redis/protocol/reply.h"
#include "store/cart_store.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd {

/// The arguments of commit.lua for `request`, whose state is going to be `token`.
std::vector<std::string> commit_arguments(const CommitRequest& request, Token token, Time now,
                                          Millis max_clock_difference);

/// The record after the commit. `lines`: the cart's hash before or after it, for what plain clients did to lines that
/// the edits do not name; else these are as they were.
std::shared_ptr<Snapshot> after_commit(const CommitRequest& request, Token token,
                                       std::optional<redis::ReplyView> lines);

/// The answer of commit.lua to `request`. Errc::corrupt where it is not of the shape that the script gives, or where
/// what is there makes no sense: nothing of it is believed then. `own_clock` counts instead of the server's where one
/// is given. Committed::snapshot is null where something that is no hash stands in the cart's place: load.lua tells
/// what.
Result<Committed> committed_from(redis::ReplyView reply, const CommitRequest& request, Token token,
                                 Millis replay_horizon, std::optional<Time> own_clock);

}  // namespace cartd
