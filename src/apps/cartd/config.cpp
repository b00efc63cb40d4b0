#include "apps/cartd/config.h"

#include "apps/cartd/config_file.h"
#include "apps/cartd/setting.h"
#include "apps/cartd/variables.h"
#include "runtime/environment.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <sstream>
#include <thread>

namespace cartd::app {
namespace {

using Values = std::vector<std::string>;
using Fault = std::optional<std::string>;

std::vector<std::string> names_of(const std::vector<Setting>& table) {
  std::vector<std::string> names;
  for (const Setting& setting : table) names.push_back(setting.name);
  return names;
}

// The command line, as CLI11 sees it. CLI11 lets a config file win over the environment, so it is asked for the
// flags alone, and the three sources are put in order here.
class CommandLine {
 public:
  explicit CommandLine(const std::vector<Setting>& table)
      : app_("cartd: shopping carts over HTTP.", "cartd"), table_(table) {
    app_.set_help_flag();
    app_.footer(
        "Each setting can be a flag, an environment variable (shown below it) or a line in the config file (TOML,\n"
        "flags without dashes: ttl = \"7d\"). Flags win, then variables.\n"
        "A duration is a number with ms, s, m, h or d (7d). A size is in bytes, or has KiB, MiB, GiB or TiB (512MiB).");
    app_.get_formatter()->column_width(36);
    app_.add_flag("-h,--help", help_, "Show this help and exit")->group("General");
    app_.add_flag("--version", version_, "Show the version and exit")->group("General");
    app_.add_flag("--check", check_, "Check the configuration and exit")->group("General");
    add("config", "FILE", "Config file\nCARTD_CONFIG, default none", "General");
    for (const Setting& setting : table_)
      add(setting.name, setting.shape, setting.help + "\n" + setting.environment + ", default " + setting.standard,
          setting.group);
  }

  Fault parse(Values arguments) {
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(std::move(arguments));
    } catch (const CLI::ExtrasError&) {
      return unknown(app_.remaining().front());
    } catch (const CLI::ArgumentMismatch& mismatch) {
      const std::string_view text = mismatch.what();  // "--ttl: 1 required …"
      return std::string(text.substr(0, text.find(':'))) + ": the value is missing";
    } catch (const CLI::ParseError&) {
      return "--help, --version and --check take no value; see cartd --help";
    }
    return std::nullopt;
  }

  bool help() const { return help_; }
  bool version() const { return version_; }
  bool check() const { return check_; }
  std::string help_text() const { return app_.help(); }
  /// The values given for --`name`, in order.
  Values values(const std::string& name) const { return app_.get_option("--" + name)->results(); }

 private:
  void add(const std::string& name, const std::string& shape, const std::string& help, const std::string& group) {
    const CLI::callback_t as_it_is = [](const CLI::results_t&) { return true; };
    app_.add_option("--" + name, as_it_is, help)
        ->option_text(shape)
        ->group(group)
        ->expected(1)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  // The argument may be a secret or be followed by one, so only a flag's name is repeated.
  std::string unknown(const std::string& given) const {
    if (!given.starts_with("-")) return "unexpected argument; see cartd --help";
    const std::string name = given.substr(0, given.find('='));
    Values flags{"--help", "--version", "--check", "--config"};
    for (const Setting& setting : table_) flags.push_back("--" + setting.name);
    const std::string_view near = nearest(name, flags);
    return "unknown flag " + shown(name) +
           (near.empty() ? "; see cartd --help" : "; did you mean " + std::string(near) + "?");
  }

  CLI::App app_;
  const std::vector<Setting>& table_;
  bool help_ = false;
  bool version_ = false;
  bool check_ = false;
};

using FileValues = std::map<std::string, FileValue>;

Values split(const std::string& text, char separator) {
  Values parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(variable_value(part));
  return parts;
}

// The setting's values from the source that goes first, and what to call that source.
struct Source {
  enum class Kind { flag, environment, file };
  Kind kind;
  std::string name;
  Values values;
  bool before_number_sign = false;  ///< See FileValue.
};

std::optional<Source> find_source(const Setting& setting, const CommandLine& flags, const Environment& environment,
                                  const FileValues& file) {
  if (Values values = flags.values(setting.name); !values.empty())
    return Source{Source::Kind::flag, "--" + setting.name, std::move(values)};
  // An empty variable counts as none: that is how compose files and unit files leave something out.
  if (const auto value = environment(setting.environment); value && !value->empty())
    return Source{Source::Kind::environment, setting.environment,
                  setting.repeatable ? split(*value, ',') : Values{*value}};
  if (const auto found = file.find(setting.name); found != file.end())
    return Source{Source::Kind::file, found->second.where + ": " + setting.name, found->second.values,
                  found->second.before_number_sign};
  return std::nullopt;
}

Fault take(const Setting& setting, const Source& source) {
  const bool from_flags = source.kind == Source::Kind::flag;
  if (source.values.empty() || source.values.back().empty()) return source.name + ": the value is empty";
  if (source.values.size() > 1 && !setting.repeatable && !from_flags)
    return source.name + ": one value is expected, in quotes";
  for (const std::string& value : source.values)
    if (source.kind == Source::Kind::file && value.find_first_of("\"'") != std::string::npos)
      return source.name + ": the quotes do not match" +
             (source.before_number_sign ? " (a # ends a value; in a URL write it as %23)" : "");
  const Fault fault = setting.take(source.values);
  return fault ? Fault(source.name + ": " + *fault) : std::nullopt;
}

// How the setting of a TLS option is called where it was given.
std::string name_of_tls(std::string option, const std::map<std::string, std::string>& sources) {
  std::replace(option.begin(), option.end(), '_', '-');
  return sources.at(option);
}

// What is wrong with --while-away beside the other settings.
Fault while_away_fault(const Settings& settings) {
  if (!settings.while_away) return std::nullopt;
  if (!settings.redis && !has_database(settings))
    return "needs --redis-url or --database-url, because it is about the time while that is away";
  if (*settings.while_away == WhileAway::journal && !has_journal(settings))
    return "journal needs --data-dir, for the journal";
  if (*settings.while_away != WhileAway::journal && has_journal(settings))
    return "with --data-dir changes wait in the journal; leave one of the two out";
  return std::nullopt;
}

}  // namespace

bool has_database(const Settings& settings) { return settings.database || settings.mongodb; }

StoreKind store_kind(const Settings& settings) {
  if (settings.redis) return StoreKind::redis;
  if (settings.database) return StoreKind::postgresql;
  if (settings.mongodb) return StoreKind::mongodb;
  return settings.data_dir.empty() ? StoreKind::memory : StoreKind::embedded;
}

bool has_journal(const Settings& settings) {
  return !settings.data_dir.empty() && store_kind(settings) != StoreKind::embedded;
}

WhileAway while_away(const Settings& settings) {
  return settings.while_away.value_or(has_journal(settings) ? WhileAway::journal : WhileAway::refuse);
}

std::filesystem::path carts_in(const std::filesystem::path& data_dir) { return data_dir / "carts"; }

std::filesystem::path carts_folder(const Settings& settings) { return carts_in(settings.data_dir); }

std::string where_of_data(const Settings& settings) { return "--data-dir " + settings.data_dir.string() + ": "; }

Parsed<Invocation> parse_invocation(const std::vector<std::string>& arguments, const Environment& raw_environment,
                                    const std::vector<std::string>& variables) {
  const Environment environment = [&](const std::string& name) {
    auto value = raw_environment(name);
    if (value) value = variable_value(*value);
    return value;
  };
  Invocation invocation{.task = Task::serve};
  Settings& settings = invocation.settings;
  settings.threads = std::max(1U, std::thread::hardware_concurrency());
  redis::TlsOptions tls;
  const std::vector<Setting> table = setting_table(settings, tls);

  CommandLine flags(table);
  if (Fault fault = flags.parse(arguments)) return std::move(*fault);
  if (flags.help()) return Invocation{.task = Task::help, .text = flags.help_text()};
  if (flags.version()) return Invocation{.task = Task::version};
  if (flags.check()) invocation.task = Task::check;

  FileValues file;
  const Values config = flags.values("config");
  const std::string path = config.empty() ? environment("CARTD_CONFIG").value_or("") : config.back();
  if (!config.empty() && path.empty()) return std::string("--config: the value is empty");
  if (!path.empty()) {
    auto read = read_config_file(path, names_of(table));
    if (!read) return read.error();
    file = std::move(*read);
  }

  std::map<std::string, std::string> sources;
  for (const Setting& setting : table)
    if (const auto source = find_source(setting, flags, environment, file)) {
      if (Fault fault = take(setting, *source)) return std::move(*fault);
      sources.emplace(setting.name, source->name);
    }
  if (settings.redis && has_database(settings))
    return sources.at("database-url") + ": a database behind Redis is not supported yet; set only one of " +
           sources.at("redis-url") + " and " + sources.at("database-url");
  if (tls != redis::TlsOptions{} && !settings.redis) {
    for (const std::string_view option : redis::tls_option_names)
      if (!redis::tls_option(tls, option).empty())
        return name_of_tls(std::string(option), sources) +
               ": needs --redis-url, because it is for connections to Redis";
  }
  if (settings.json_carts && !settings.redis)
    return sources.at("adopt-json-carts") + ": needs --redis-url, because it is about carts in Redis";
  if (settings.redis) {
    std::string option;
    const std::string fault = redis::add_tls(tls, *settings.redis, option);
    if (!fault.empty()) return name_of_tls(option, sources) + ": " + fault;
    invocation.warnings = redis::warnings(*settings.redis);
  }
  if (const Fault fault = while_away_fault(settings)) return sources.at("while-away") + ": " + *fault;
  for (std::string& line : unknown_variables(variables, environment, table))
    invocation.warnings.push_back(std::move(line));
  return invocation;
}

}  // namespace cartd::app
