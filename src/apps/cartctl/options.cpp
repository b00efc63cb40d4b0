#include "apps/cartctl/options.h"

#include "apps/cartctl/arguments.h"
#include "apps/cartctl/checkout_arguments.h"
#include "apps/cartctl/transfer_arguments.h"
#include "domain/limits.h"
#include "runtime/environment.h"
#include "util/terminal_text.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace cartd::cartctl {
namespace {

using Fault = std::optional<std::string>;
using arguments::most, arguments::number, arguments::text;

// The commands and their options, each writing into one Options.
class CommandLine {
 public:
  explicit CommandLine(Options& options) : app_("cartctl: carts on the command line.", "cartctl"), options_(options) {
    app_.footer(
        "Exit code: 0 done, 1 refused or failed, 2 wrong usage.\n"
        "The variables CARTCTL_URL, REDIS_URL, CARTD_TLS_CA and so on set --url, --redis-url, --tls-ca.");
    app_.set_help_flag("-h,--help", "Show this help and exit");
    app_.fallthrough();
    app_.add_flag("--version", version_, "Show the version and exit");
    app_.add_flag("--json", options_.json, "Print the server's answer unchanged");
    text(app_, "--url", options_.url, "URL", "Address of cartd; default http://127.0.0.1:8080");
    carts();
    add_transfer_commands(app_, options_);
    add_checkout_commands(app_, options_);
    users();
    outbox();
    CLI::App& checkpoint = command(
        app_, "checkpoint", "Copy the carts of a cartd with its own data directory, while it runs", Verb::checkpoint);
    text(checkpoint, "NAME", options_.id, "", "The copy's folder in checkpoints/ of the data directory")->required();
    moving();
    CLI::App& doctor = command(
        app_, "doctor", "Check a Redis, its Sentinels or its Cluster for what would lose carts or slow them down",
        Verb::doctor);
    text(doctor, "--redis-url", options_.redis_url, "URL",
         "As for cartd: redis://, redis+sentinel://, redis+cluster://, …; prefer the variable REDIS_URL, because "
         "options show in the process list");
    tls(doctor, "--tls-ca", "FILE", "tls_ca", "Authorities to trust for Redis' certificates, PEM file");
    tls(doctor, "--tls-cert", "FILE", "tls_cert", "Certificate to present to Redis, PEM file");
    tls(doctor, "--tls-key", "FILE", "tls_key", "Private key of --tls-cert, PEM file");
    tls(doctor, "--tls-server-name", "NAME", "tls_server_name", "Name that Redis' certificates are issued for");
    tls(doctor, "--tls-verify", "NAME", "tls_verify", "Check Redis' certificates: full, none (unsafe)");
    number(doctor, "--sample", options_.sample, 1, 1'000'000, "How many carts of each primary to check; default 1000");
  }

  Fault parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
      options_.verb = Verb::help;
    } catch (const CLI::ExtrasError&) {
      // An extra argument may be a secret that lost its option: only an option's name is repeated.
      if (app_.get_subcommands().empty() && !app_.remaining(true).front().starts_with("-"))
        return "unknown command; see cartctl --help";
      const std::string extra = app_.remaining(true).front();
      if (!extra.starts_with("-")) return "too many arguments; see cartctl --help";
      return "unknown option " + util::terminal_safe(extra.substr(0, extra.find('='))) + "; see cartctl --help";
    } catch (const CLI::ParseError& error) {
      return util::terminal_safe(error.what()) + "; see cartctl --help";
    }
    if (version_) options_.verb = Verb::version;
    if (options_.verb == Verb::help) options_.help_text = help();
    return std::nullopt;
  }

 private:
  void carts() {
    CLI::App& get = command(app_, "get", "Show a cart", Verb::get);
    id(get, "CART");

    CLI::App& add = command(app_, "add", "Add pieces of a product", Verb::add);
    line(add, "How many pieces; default 1", 1);
    line_options(add);
    details(add);
    conditions(add);

    CLI::App& remove =
        command(app_, "remove", "Remove pieces of a product; without a number the whole line", Verb::remove);
    line(remove, "How many pieces; default all", 1);
    conditions(remove);

    CLI::App& set = command(app_, "set", "Set how many pieces of a product are in the cart; 0 removes it", Verb::set);
    line(set, "How many pieces", 0)->required();
    line_options(set);
    details(set);
    conditions(set);

    CLI::App& describe = command(app_, "describe", "Change details of a line, and not its quantity", Verb::describe);
    product(describe);
    details(describe, "A JSON object, merged into the line's metadata");
    describe.add_flag("--no-name", options_.no_name, "Remove the name");
    describe.add_flag("--no-price", options_.no_price, "Remove the price");
    describe.add_flag("--no-metadata", options_.no_metadata, "Remove all metadata");
    conditions(describe);

    CLI::App& clear = command(app_, "clear", "Remove all lines; the cart stays", Verb::clear);
    id(clear, "CART");
    conditions(clear);

    CLI::App& erase = command(app_, "delete", "Delete a cart", Verb::erase);
    id(erase, "CART");
    conditions(erase);

    CLI::App& annotate = command(app_, "annotate", "Change a cart's metadata, owner or kind", Verb::annotate);
    id(annotate, "CART");
    metadata(annotate, "A JSON object, merged into the cart's metadata; a member that is null is removed");
    annotate.add_flag("--no-metadata", options_.no_metadata, "Remove all metadata");
    text(annotate, "--user", options_.user, "USER", "The cart's owner");
    annotate.add_flag("--no-user", options_.no_user, "Remove the owner");
    text(annotate, "--kind", options_.kind, "KIND", "What the cart is for: cart, saved, wishlist, any short word");
    conditions(annotate);

    CLI::App& owned = command(app_, "carts", "List the carts of a user, the newest first", Verb::owner_carts);
    id(owned, "USER");
    text(owned, "--kind", options_.kind, "KIND", "Only those of this kind");
    number(owned, "--limit", options_.limit, 1, 100, "At most so many, 1 to 100; default 20");
    text(owned, "--cursor", options_.cursor, "CURSOR", "Go on behind an earlier list, as it says at its end");
  }

  void users() {
    CLI::App* user = app_.add_subcommand("user", "Show or change a user: get, put, patch, delete");
    user->require_subcommand(1);
    user->fallthrough();
    CLI::App& get = command(*user, "get", "Show a user", Verb::user_get);
    id(get, "USER");
    CLI::App& put = command(*user, "put", "Replace a user's whole profile", Verb::user_put);
    id(put, "USER");
    fields(put)->required();
    CLI::App& patch = command(*user, "patch", "Change the named fields", Verb::user_patch);
    id(patch, "USER");
    fields(patch);
    patch.add_option("--unset", options_.unset, "A field to remove; repeatable")
        ->option_text("FIELD")
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    CLI::App& erase = command(*user, "delete", "Delete a user", Verb::user_erase);
    id(erase, "USER");
    erase.add_flag("--cart", options_.with_cart, "Delete the user's cart too");
  }

  void outbox() {
    CLI::App* outbox =
        app_.add_subcommand("outbox", "Show waiting changes and handle dead letters: show, export, retry, drop");
    outbox->require_subcommand(0, 1);
    outbox->fallthrough();
    outbox->callback([this, outbox] {
      if (outbox->get_subcommands().empty()) options_.verb = Verb::outbox_show;
    });
    command(*outbox, "show", "Show waiting changes and dead letters; the same as outbox alone", Verb::outbox_show);
    command(*outbox, "export", "Print the dead letters as JSON, one per line", Verb::outbox_export);
    CLI::App& retry = command(*outbox, "retry", "Apply the changes of dead letters as new ones", Verb::outbox_retry);
    letters(retry, CLI::detail::expected_max_vector_size);
    retry.add_flag("--all", options_.all_letters, "All of them");
    CLI::App& drop = command(*outbox, "drop", "Delete a dead letter for good, and print it", Verb::outbox_drop);
    letters(drop, 1)->required();
  }

  void moving() {
    CLI::App& export_all =
        command(app_, "export", "Write all carts and users of a cartd into a file", Verb::export_all);
    text(export_all, "FILE", options_.file, "", "The file, which is not there yet; - for the standard output")
        ->required();
    export_all.add_flag("--resume", options_.resume, "Go on with a file whose export was cut off");
    CLI::App& import_all = command(
        app_, "import", "Put the carts and users of such a file into a cartd; what is there is never overwritten",
        Verb::import_all);
    text(import_all, "FILE", options_.file, "", "The file; - for the standard input")->required();
    state(import_all);
    CLI::App& migrate =
        command(app_, "migrate", "Copy all carts and users from one cartd to another one, while both are in use",
                Verb::migrate);
    text(migrate, "--from", options_.from, "URL", "Address of the cartd that has them")->required();
    text(migrate, "--to", options_.to, "URL", "Address of the cartd that is to have them")->required();
    state(migrate);
    migrate.add_flag("--follow", options_.follow, "Copy what changes until SIGINT or SIGTERM, then verify");
    number(migrate, "--passes", options_.passes, 1, 1'000'000, "At most so many; default: until one finds nothing new");
  }

  void state(CLI::App& app) {
    text(app, "--state", options_.state, "FILE", "Note there what is done, and go on where it says");
    number(app, "--requests", options_.requests, 1, 64, "Requests under way at once; default 8");
  }

  // Of the command that was asked for, or of the whole program.
  std::string help() const {
    const CLI::App* chosen = &app_;
    std::string before;
    while (!chosen->get_subcommands().empty()) {
      before += (before.empty() ? "" : " ") + chosen->get_name();
      chosen = chosen->get_subcommands().front();
    }
    std::string text = chosen->help(before);
    if (!text.ends_with('\n')) text += '\n';
    return text;
  }

  void tls(CLI::App& app, const std::string& name, const char* shape, const char* option, const char* help) {
    const CLI::callback_t keep = [this, name, option](const CLI::results_t& results) {
      const std::string fault = redis::set_tls_option(options_.tls, option, results.front());
      if (!fault.empty()) throw CLI::ValidationError(name, "the value " + fault);
      return true;
    };
    app.add_option(name, keep, help)->option_text(shape)->expected(1)->allow_extra_args(false);
  }

  CLI::App& command(CLI::App& parent, const char* name, const char* help, Verb verb) {
    return arguments::command(parent, options_, name, help, verb);
  }

  CLI::Option* id(CLI::App& app, const char* what) { return arguments::id(app, what, options_); }

  void product(CLI::App& app) {
    id(app, "CART");
    text(app, "SKU", options_.sku, "", "The product; put -- before one that starts with a dash")->required();
    text(app, "--line", options_.line, "TEXT", "Which line of the product, as get shows it");
  }

  void line_options(CLI::App& app) {
    text(app, "--options", options_.line_options, "JSON",
         "What was chosen, as a flat JSON object: makes a line of its own");
  }

  CLI::Option* line(CLI::App& app, const char* quantity_help, std::int64_t least) {
    product(app);
    return number(app, "QUANTITY,--quantity", options_.quantity, 0, most,
                  std::to_string(least) + " to " + std::to_string(Limits{}.max_quantity), quantity_help);
  }

  void details(CLI::App& app, const char* metadata_help = "A JSON object") {
    text(app, "--name", options_.name, "TEXT", "The product's name");
    CLI::Option* price =
        number(app, "--price", options_.price, 0, most, "Price of one piece in minor units: 1299 is 12.99 EUR");
    CLI::Option* currency = arguments::currency(app, options_);
    price->needs(currency);
    currency->needs(price);
    metadata(app, metadata_help);
  }

  void metadata(CLI::App& app, const char* help) { text(app, "--metadata", options_.metadata, "JSON", help); }

  void conditions(CLI::App& app) { arguments::conditions(app, options_); }

  CLI::Option* letters(CLI::App& app, int most_letters) {
    return app.add_option("ID", options_.letters, "A dead letter's id")
        ->option_text("")
        ->expected(1, most_letters)
        ->allow_extra_args(most_letters > 1);
  }

  CLI::Option* fields(CLI::App& app) {
    const CLI::callback_t keep = [this](const CLI::results_t& results) {
      for (const std::string& result : results) {
        const std::size_t sign = result.find('=');
        if (sign == 0 || sign == std::string::npos)
          throw CLI::ValidationError("FIELD=VALUE", "a field's name and value are expected");
        if (!options_.fields.emplace(result.substr(0, sign), result.substr(sign + 1)).second)
          throw CLI::ValidationError("FIELD=VALUE", "a field is given twice");
      }
      return true;
    };
    return app.add_option("FIELDS", keep, "FIELD=VALUE, any number of them")
        ->option_text("...")
        ->expected(1, CLI::detail::expected_max_vector_size)
        ->allow_extra_args();
  }

  CLI::App app_;
  Options& options_;
  bool version_ = false;
};

// Rules that the command line's grammar cannot express.
Fault inconsistency(const Options& options) {
  if (options.user && options.no_user) return "--user and --no-user exclude each other";
  if (options.name && options.no_name) return "--name and --no-name exclude each other";
  if (options.price && options.no_price) return "--price and --no-price exclude each other";
  if (options.metadata && options.no_metadata) return "--metadata and --no-metadata exclude each other";
  if (options.line && options.line_options) return "--line and --options exclude each other";
  const bool has_metadata = options.metadata || options.no_metadata;
  if (options.verb == Verb::annotate && !options.user && !options.no_user && !options.kind && !has_metadata)
    return "annotate needs --metadata, --no-metadata, --user, --no-user or --kind";
  const bool has_details = options.name || options.no_name || options.price || options.no_price || has_metadata;
  if (options.verb == Verb::describe && !has_details)
    return "describe needs --name, --price or --metadata, or one of --no-name, --no-price, --no-metadata";
  if (options.verb == Verb::user_patch && options.fields.empty() && options.unset.empty())
    return "user patch needs FIELD=VALUE or --unset FIELD";
  for (const std::string& name : options.unset)
    if (options.fields.contains(name)) return "a field is both set and removed";
  if (options.verb == Verb::outbox_retry && options.letters.empty() != options.all_letters)
    return "outbox retry needs either the ids of dead letters or --all";
  if (options.follow && options.passes != 0) return "--follow and --passes exclude each other";
  if (options.resume && options.file == "-") return "--resume needs a file";
  if (options.verb == Verb::doctor && options.redis_url.empty())
    return "doctor needs a Redis: set REDIS_URL or --redis-url";
  return std::nullopt;
}

// Takes cartd's TLS variables where no option is given.
template <class Variable>
Fault take_tls(const Variable& variable, redis::TlsOptions& options) {
  for (const std::string_view option : redis::tls_option_names) {
    std::string name = "CARTD_";
    for (const char c : option) name += c == '_' ? c : static_cast<char>(c - 'a' + 'A');
    const std::string value = variable(name);
    if (value.empty() || !redis::tls_option(options, option).empty()) continue;
    if (const std::string fault = redis::set_tls_option(options, option, value); !fault.empty())
      return name.append(": the value ").append(fault);
  }
  return std::nullopt;
}

}  // namespace

boost::system::result<Options, std::string> parse_options(const std::vector<std::string>& arguments,
                                                          const Environment& environment) {
  Options options;
  const auto variable = [&](const std::string& name) { return variable_value(environment(name).value_or("")); };
  if (std::string url = variable("CARTCTL_URL"); !url.empty()) options.url = std::move(url);
  options.redis_url = variable("REDIS_URL");
  CommandLine command_line(options);
  if (Fault fault = command_line.parse(arguments)) return std::move(*fault);
  if (options.verb == Verb::doctor) {
    if (Fault fault = take_tls(variable, options.tls)) return std::move(*fault);
  }
  if (Fault fault = inconsistency(options)) return std::move(*fault);
  return options;
}

}  // namespace cartd::cartctl
