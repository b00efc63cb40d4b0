#include "apps/cartctl/transfer_arguments.h"

#include "apps/cartctl/arguments.h"

namespace cartd::cartctl {

using namespace arguments;

void add_transfer_commands(CLI::App& app, Options& options) {
  CLI::App& merge =
      command(app, options, "merge", "Give a cart all lines of another one, which loses them: a guest's cart at login",
              Verb::merge);
  id(merge, "CART", options);
  text(merge, "FROM", options.other_cart, "", "The cart whose lines are taken")->required();
  text(merge, "--policy", options.policy, "NAME",
       "What becomes of a line that both have: sum (default), max, keep_target, keep_source; replace: the lines of "
       "CART go first");
  number(merge, "--from-version", options.source_version, 0, most, "Only if FROM has this version");
  text(merge, "--idempotency-key", options.idempotency_key, "KEY", "Key for your own retries; by default a new one");

  CLI::App& move = command(app, options, "move", "Move a line to another cart, for later or back", Verb::move);
  id(move, "CART", options);
  text(move, "TO", options.other_cart, "", "The cart that gets the line")->required();
  text(move, "SKU", options.sku, "", "The product; put -- before one that starts with a dash")->required();
  number(move, "--quantity", options.quantity, 1, most, "How many pieces; by default all of them");
  text(move, "--line", options.line, "TEXT", "Which line of the product, as get shows it");
  text(move, "--options", options.line_options, "JSON", "Which line of the product, by what was chosen");
  text(move, "--idempotency-key", options.idempotency_key, "KEY", "Key for your own retries; by default a new one");
}

}  // namespace cartd::cartctl
