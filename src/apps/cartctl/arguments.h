// What the commands on cartctl's command line are made of.
#pragma once

#include "apps/cartctl/options.h"
#include "util/decimal.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace cartd::cartctl::arguments {

template <class Target>
struct Number {
  using type = Target;
};
template <class Value>
struct Number<std::optional<Value>> {
  using type = Value;
};

constexpr std::int64_t most = 1'000'000'000'000'000;  ///< More than cartd allows of anything; cartd judges.

inline CLI::App& command(CLI::App& parent, Options& options, const char* name, const char* help, Verb verb) {
  CLI::App* app = parent.add_subcommand(name, help);
  app->fallthrough();
  app->callback([&options, verb] { options.verb = verb; });
  return *app;
}

/// Takes a text as it is: CLI11's own conversion reads "{}" as an empty list.
template <class Target>
CLI::Option* text(CLI::App& app, const std::string& name, Target& target, const char* shape, const char* help) {
  const CLI::callback_t keep = [&target](const CLI::results_t& results) {
    target = results.front();
    return true;
  };
  return app.add_option(name, keep, help)->option_text(shape)->expected(1)->allow_extra_args(false);
}

/// `range` is shown to the user: cartd may allow less.
template <class Target>
CLI::Option* number(CLI::App& app, const std::string& name, Target& target, std::int64_t least, std::int64_t greatest,
                    const std::string& range, const char* help) {
  const CLI::callback_t keep = [&target, name, least, greatest, range](const CLI::results_t& results) {
    const auto value = util::parse_number<std::int64_t>(results.front());
    if (!value || *value < least || *value > greatest)
      throw CLI::ValidationError(name.substr(0, name.find(',')), "a whole number from " + range + " is expected");
    target = static_cast<typename Number<Target>::type>(*value);
    return true;
  };
  return app.add_option(name, keep, help)->option_text("N")->expected(1)->allow_extra_args(false);
}
template <class Target>
CLI::Option* number(CLI::App& app, const std::string& name, Target& target, std::int64_t least, std::int64_t greatest,
                    const char* help) {
  return number(app, name, target, least, greatest, std::to_string(least) + " to " + std::to_string(greatest), help);
}

inline CLI::Option* id(CLI::App& app, const char* what, Options& options) {
  return text(app, what, options.id, "", "")->required();
}

inline CLI::Option* currency(CLI::App& app, Options& options) {
  return text(app, "--currency", options.currency, "CODE", "Currency of the price, such as EUR");
}

inline CLI::Option* if_match(CLI::App& app, Options& options) {
  return number(app, "--if-match", options.if_match, 0, most, "Only if the cart has this version");
}

inline void conditions(CLI::App& app, Options& options) {
  if_match(app, options);
  text(app, "--idempotency-key", options.idempotency_key, "KEY", "Key for your own retries; by default a new one");
}

}  // namespace cartd::cartctl::arguments
