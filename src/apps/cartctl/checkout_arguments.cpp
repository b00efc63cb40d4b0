#include "apps/cartctl/checkout_arguments.h"

#include "apps/cartctl/arguments.h"

#include <cstdint>
#include <map>
#include <string>

namespace cartd::cartctl {
namespace {

using namespace arguments;

/// SKU=N, any number of times. A SKU may hold a "=", a number does not.
CLI::Option* numbers_of_skus(CLI::App& app, const std::string& name, std::map<std::string, std::int64_t>& target,
                             const char* help) {
  const CLI::callback_t keep = [&target, name](const CLI::results_t& results) {
    for (const std::string& result : results) {
      const std::size_t sign = result.rfind('=');
      if (sign == 0 || sign == std::string::npos)
        throw CLI::ValidationError(name, "a SKU and a number are expected, such as MUG=3");
      const auto value = util::parse_number<std::int64_t>(std::string_view(result).substr(sign + 1));
      if (!value || *value < 0 || *value > most)
        throw CLI::ValidationError(name, "a whole number of 0 or more is expected behind the =");
      if (!target.emplace(result.substr(0, sign), *value).second)
        throw CLI::ValidationError(name, "a SKU is given twice");
    }
    return true;
  };
  return app.add_option(name, keep, help)
      ->option_text("SKU=N ...")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::App& checkout_command(CLI::App& parent, Options& options, const char* name, const char* help, Verb verb) {
  CLI::App& app = command(parent, options, name, help, verb);
  id(app, "CART", options);
  text(app, "ID", options.checkout, "", "The checkout's id")->required();
  return app;
}

void add_begin(CLI::App& checkout, Options& options) {
  CLI::App& begin =
      command(checkout, options, "begin",
              "Begin a checkout of a cart, or show the one that is open if nothing has changed", Verb::checkout_begin);
  id(begin, "CART", options);
  CLI::Option* prices =
      numbers_of_skus(begin, "--price", options.prices, "The shop's price of one piece, in minor units; repeatable");
  CLI::Option* code = currency(begin, options);
  prices->needs(code);
  code->needs(prices);
  numbers_of_skus(begin, "--available", options.available, "How many pieces there are; repeatable");
  begin.add_flag("--accept", options.accept, "Take over higher prices, and buy only what is available");
  text(begin, "--metadata", options.metadata, "JSON", "A JSON object, kept with the checkout and its order");
  if_match(begin, options);
}

void add_reprice(CLI::App& app, Options& options) {
  CLI::App& reprice =
      command(app, options, "reprice",
              "Give a line the shop's price; it shows the one before. A missing line is passed over", Verb::reprice);
  id(reprice, "CART", options);
  text(reprice, "SKU", options.sku, "", "The product; put -- before one that starts with a dash")->required();
  number(reprice, "PRICE,--price", options.price, 0, most, "Price of one piece in minor units: 1299 is 12.99 EUR")
      ->required();
  currency(reprice, options)->required();
  text(reprice, "--line", options.line, "TEXT", "Which line of the product, as get shows it");
  text(reprice, "--options", options.line_options, "JSON", "Which line of the product, by what was chosen");
  conditions(reprice, options);
}

}  // namespace

void add_checkout_commands(CLI::App& app, Options& options) {
  add_reprice(app, options);

  CLI::App* checkout = app.add_subcommand("checkout", "Buy what is in a cart: begin, list, show, complete, abort");
  checkout->require_subcommand(1);
  checkout->fallthrough();
  add_begin(*checkout, options);
  id(command(*checkout, options, "list", "List the checkouts of a cart, newest first", Verb::checkout_list), "CART",
     options);
  checkout_command(*checkout, options, "show", "Show a checkout", Verb::checkout_show);
  CLI::App& complete =
      checkout_command(*checkout, options, "complete", "Make the order, once, and take its pieces out of the cart",
                       Verb::checkout_complete);
  text(complete, "--payment-ref", options.payment_ref, "REF", "What the payment provider calls the payment");
  complete.add_flag("--strict", options.strict, "Only if the cart still holds all of the checkout");
  checkout_command(*checkout, options, "abort", "Abort a checkout; the cart stays as it is", Verb::checkout_abort);

  id(command(app, options, "orders", "List the orders of a cart, newest first", Verb::orders), "CART", options);
  CLI::App& order = command(app, options, "order", "Show an order", Verb::order);
  text(order, "ID", options.checkout, "", "The order's id, which is its checkout's")->required();
}

}  // namespace cartd::cartctl
