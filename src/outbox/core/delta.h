// Turns a command into a difference while the store is down: to the cart as this process last saw it, so that what
// other servers add meanwhile survives when it reaches the store. Pure.
#pragma once

#include "domain/cart.h"
#include "domain/command.h"

#include <optional>

namespace cartd {

/// `command`, valid by validate(), as a difference to `seen`: Set becomes Add or Remove of what is missing or too much,
/// RemoveLine and Clear become Remove of what was seen. Delete, Annotate and Touch stay what they are. Nothing when
/// there is nothing to do.
std::optional<Command> delta(const Command& command, const Cart& seen);

}  // namespace cartd
