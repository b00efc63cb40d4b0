// Flags, environment and config file: which one counts, and what is said of what is wrong.
#include "apps/cartd/config.h"
#include "apps/cartd/setting.h"
#include "support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace cartd::app {
namespace {

using std::chrono::days, std::chrono::hours, std::chrono::milliseconds, std::chrono::minutes;
using testing::ElementsAre, testing::EndsWith, testing::HasSubstr, testing::IsEmpty, testing::Not, testing::Pair,
    testing::StartsWith, testing::UnorderedElementsAre;

using Variables = std::map<std::string, std::string>;

Parsed<Invocation> parse(const std::vector<std::string>& arguments, const Variables& variables = {}) {
  return parse_invocation(arguments, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

Settings settings(const std::vector<std::string>& arguments, const Variables& variables = {}) {
  const auto parsed = parse(arguments, variables);
  EXPECT_TRUE(parsed) << parsed.error();
  return parsed ? parsed->settings : Settings{};
}

std::string fault(const std::vector<std::string>& arguments, const Variables& variables = {}) {
  const auto parsed = parse(arguments, variables);
  EXPECT_FALSE(parsed);
  return parsed ? "" : parsed.error();
}

class ConfigFile : public testing::Test {
 protected:
  std::string write(const std::string& text) const {
    const auto path = folder_.path() / "cartd.toml";
    std::ofstream(path) << text;
    return path;
  }
  std::string fault_in(const std::string& text) const { return fault({"--config", write(text)}); }

  test::TempDir folder_;
};

TEST(Configuration, DefaultsAreThoseOfTheDocumentation) {
  const Settings defaults = settings({});
  EXPECT_EQ(defaults.listen, (ListenAddress{"127.0.0.1", 8080}));
  EXPECT_FALSE(defaults.redis);
  EXPECT_GE(defaults.threads, 1U);
  EXPECT_EQ(defaults.store_deadline, milliseconds(200));
  EXPECT_EQ(defaults.policy.ttl.standard, days(7));
  EXPECT_FALSE(defaults.policy.ttl.empty || defaults.policy.ttl.owned);
  EXPECT_EQ(defaults.policy.limits.max_lines, 500U);
  EXPECT_EQ(defaults.policy.limits.checkout_ttl, hours(1));
  EXPECT_EQ(defaults.policy.limits.order_retention, days(30));
  EXPECT_EQ(defaults.policy.limits.max_checkouts, 64U);
  EXPECT_EQ(defaults.http_limits.body_bytes, 262144U);
  EXPECT_EQ(defaults.log_level, LogLevel::info);
  EXPECT_FALSE(defaults.log_format);
}

TEST(Configuration, ADataDirectoryBesideAServerIsForAJournal) {
  EXPECT_TRUE(has_journal(settings({"--data-dir", "/x", "--redis-url", "redis://h"})));
  EXPECT_TRUE(has_journal(settings({"--data-dir", "/x", "--database-url", "postgresql://h/shop"})));
  EXPECT_FALSE(has_journal(settings({"--data-dir", "/x"})));
  EXPECT_FALSE(has_journal(settings({"--database-url", "postgresql://h/shop"})));
}

TEST(Configuration, EveryFlagArrives) {
  const Settings given = settings({"--listen",
                                   "[::1]:9",
                                   "--redis-url",
                                   "redis://h:1/2",
                                   "--ttl-empty",
                                   "1h",
                                   "--ttl-owned",
                                   "90d",
                                   "--ttl",
                                   "1d",
                                   "--ttl-prefix",
                                   "guest-=2h",
                                   "--threads",
                                   "3",
                                   "--store-deadline",
                                   "1s",
                                   "--max-memory",
                                   "64MiB",
                                   "--log-level",
                                   "debug",
                                   "--log-format",
                                   "json",
                                   "--max-lines",
                                   "7",
                                   "--max-line-metadata",
                                   "8",
                                   "--max-cart-metadata",
                                   "9",
                                   "--max-name",
                                   "10",
                                   "--checkout-ttl",
                                   "15m",
                                   "--order-retention",
                                   "90d",
                                   "--max-checkouts",
                                   "12",
                                   "--max-body",
                                   "2KiB",
                                   "--max-headers",
                                   "3KiB",
                                   "--max-target",
                                   "100",
                                   "--header-timeout",
                                   "1s",
                                   "--body-timeout",
                                   "2s",
                                   "--idle-timeout",
                                   "3s",
                                   "--drain-timeout",
                                   "4s",
                                   "--max-http-memory",
                                   "12MiB",
                                   "--drain-delay",
                                   "5s",
                                   "--max-connections",
                                   "11",
                                   "--data-dir",
                                   "/var/lib/cartd",
                                   "--outbox-memory",
                                   "48MiB",
                                   "--max-journal",
                                   "2GiB",
                                   "--journal-deadline",
                                   "3s",
                                   "--retention",
                                   "20s"});
  EXPECT_EQ(given.listen, (ListenAddress{"::1", 9}));
  ASSERT_TRUE(given.redis);
  EXPECT_EQ(given.redis->entry.database, 2U);
  EXPECT_EQ(given.data_dir, "/var/lib/cartd");
  EXPECT_EQ(given.outbox_memory, 48ULL << 20);
  EXPECT_EQ(given.max_journal, 2ULL << 30);
  EXPECT_EQ(given.journal_deadline, milliseconds(3000));
  EXPECT_EQ(given.retention, milliseconds(20'000));
  EXPECT_EQ(given.policy.ttl.standard, days(1));
  EXPECT_EQ(given.policy.ttl.empty, hours(1));
  EXPECT_EQ(given.policy.ttl.owned, days(90));
  EXPECT_THAT(given.policy.ttl.by_prefix, UnorderedElementsAre(Pair("guest-", hours(2))));
  EXPECT_EQ(given.threads, 3U);
  EXPECT_EQ(given.store_deadline, milliseconds(1000));
  EXPECT_EQ(given.max_memory, 64ULL << 20);
  EXPECT_EQ(given.log_level, LogLevel::debug);
  EXPECT_EQ(given.log_format, LogFormat::json);
  EXPECT_EQ(given.policy.limits.max_lines, 7U);
  EXPECT_EQ(given.policy.limits.max_line_metadata_bytes, 8U);
  EXPECT_EQ(given.policy.limits.max_cart_metadata_bytes, 9U);
  EXPECT_EQ(given.policy.limits.max_name_bytes, 10U);
  EXPECT_EQ(given.policy.limits.checkout_ttl, minutes(15));
  EXPECT_EQ(given.policy.limits.order_retention, days(90));
  EXPECT_EQ(given.policy.limits.max_checkouts, 12U);
  EXPECT_EQ(given.http_limits.body_bytes, 2048U);
  EXPECT_EQ(given.http_limits.header_bytes, 3072U);
  EXPECT_EQ(given.http_limits.target_bytes, 100U);
  EXPECT_EQ(given.http_limits.connections, 11U);
  EXPECT_EQ(given.max_http_memory, 12ULL << 20);
  EXPECT_EQ(given.http_timeouts.header, milliseconds(1000));
  EXPECT_EQ(given.http_timeouts.body, milliseconds(2000));
  EXPECT_EQ(given.http_timeouts.idle, milliseconds(3000));
  EXPECT_EQ(given.http_timeouts.drain, milliseconds(4000));
  EXPECT_EQ(given.drain_delay, milliseconds(5000));
}

TEST_F(ConfigFile, GivesWayToTheEnvironmentAndThatToFlags) {
  const std::string file = write("# of the shop\nttl = \"3d\"  # days\nlisten = \"127.0.0.1:1\"\nthreads = 2\n");
  const Settings from_file = settings({"--config", file});
  EXPECT_EQ(from_file.policy.ttl.standard, days(3));
  EXPECT_EQ(from_file.listen.port, 1);
  EXPECT_EQ(from_file.threads, 2U);

  EXPECT_EQ(settings({"--config", file}, {{"CARTD_TTL", "4d"}}).policy.ttl.standard, days(4));
  EXPECT_EQ(settings({"--config", file, "--ttl", "5d"}, {{"CARTD_TTL", "4d"}}).policy.ttl.standard, days(5));
  EXPECT_EQ(settings({"--ttl", "5d"}, {{"CARTD_TTL", "4d"}}).policy.ttl.standard, days(5));
  EXPECT_EQ(settings({}, {{"CARTD_CONFIG", file}}).policy.ttl.standard, days(3));
  EXPECT_EQ(settings({"--config", file}, {{"CARTD_CONFIG", "/nowhere"}}).policy.ttl.standard, days(3));
}

// A folder may be called anything.
bool takes_any_text(const Setting& setting) { return setting.name == "data-dir"; }

TEST(Configuration, EveryEnvironmentVariableIsRead) {
  Settings unused;
  redis::TlsOptions no_tls;
  for (const Setting& setting : setting_table(unused, no_tls)) {
    if (!takes_any_text(setting)) {
      EXPECT_THAT(fault({}, {{setting.environment, "\x01"}}), StartsWith(setting.environment + ": ")) << setting.name;
    }
    EXPECT_TRUE(parse({}, {{setting.environment, ""}})) << "an empty variable counts as none: " << setting.name;
  }
}

TEST(Configuration, EveryFlagRefusesWhatMakesNoSenseInOneLineThatNamesIt) {
  Settings unused;
  redis::TlsOptions no_tls;
  for (const Setting& setting : setting_table(unused, no_tls)) {
    const std::vector<std::string> senseless{"", "x", "-1", "99999999999999999999999999", "1\n2"};
    for (const std::string& value : takes_any_text(setting) ? std::vector<std::string>{""} : senseless) {
      const std::string line = fault({"--" + setting.name + "=" + value});
      EXPECT_THAT(line, StartsWith("--" + setting.name + ": ")) << value;
      EXPECT_THAT(line, Not(HasSubstr("\n")));
    }
    EXPECT_THAT(fault({"--" + setting.name}), StartsWith("--" + setting.name + ": "));
  }
}

TEST(Configuration, BlanksAndQuotesAroundVariablesAreDropped) {
  EXPECT_EQ(settings({}, {{"REDIS_URL", " redis://:p@h/2\n"}}).redis->entry.database, 2U);
  EXPECT_EQ(settings({}, {{"REDIS_URL", "\"redis://:p@h/2\"\r\n"}}).redis->entry.password, "p");
  EXPECT_EQ(settings({}, {{"CARTD_TTL", "3d\n"}}).policy.ttl.standard, days(3));
  EXPECT_EQ(settings({}, {{"CARTD_TTL", "'3d'"}}).policy.ttl.standard, days(3));
  EXPECT_EQ(settings({}, {{"CARTD_LISTEN", "\t[::1]:9 "}}).listen.port, 9);
  EXPECT_EQ(settings({}, {{"CARTD_LOG_LEVEL", "debug\n"}}).log_level, LogLevel::debug);
  EXPECT_THAT(settings({}, {{"CARTD_TTL_PREFIX", "a=3h, b=4h\n"}}).policy.ttl.by_prefix,
              UnorderedElementsAre(Pair("a", hours(3)), Pair("b", hours(4))));
  EXPECT_EQ(settings({}, {{"CARTD_DATA_DIR", "/x\n"}, {"REDIS_URL", "redis://h"}}).data_dir, "/x");
  EXPECT_FALSE(settings({}, {{"REDIS_URL", "\n"}}).redis) << "a blank variable counts as none";
}

TEST_F(ConfigFile, IsNamedByAVariableWithALineBreak) {
  EXPECT_EQ(settings({}, {{"CARTD_CONFIG", write("threads = 2\n") + "\n"}}).threads, 2U);
}

TEST(Configuration, TlsOptionsStandInTheUrlOrBesideIt) {
  const redis::TlsOptions all{.authority = "/ca.pem",
                              .certificate = "/c.pem",
                              .key = "/k.pem",
                              .server_name = "redis.example.com",
                              .verify = false};
  EXPECT_EQ(settings({"--redis-url", "rediss://h", "--tls-ca", "/ca.pem", "--tls-cert", "/c.pem", "--tls-key", "/k.pem",
                      "--tls-server-name", "redis.example.com", "--tls-verify", "none"})
                .redis->entry.tls,
            all);
  EXPECT_EQ(
      settings(
          {"--redis-url", "rediss+cluster://a,b", "--tls-ca=/ca.pem", "--tls-cert=/c.pem"},
          {{"CARTD_TLS_KEY", "/k.pem"}, {"CARTD_TLS_SERVER_NAME", "redis.example.com"}, {"CARTD_TLS_VERIFY", "none"}})
          .redis->seeds.back()
          .tls,
      all);
  EXPECT_THAT(fault({"--redis-url", "rediss://h?tls_ca=/a.pem", "--tls-ca", "/b.pem"}),
              StartsWith("--tls-ca: contradicts the Redis URL"));
  EXPECT_THAT(fault({"--redis-url", "redis://h"}, {{"CARTD_TLS_CA", "/b.pem"}}), StartsWith("CARTD_TLS_CA: "));
  EXPECT_THAT(fault({"--tls-verify", "none"}), HasSubstr("needs --redis-url"));
  EXPECT_THAT(fault({"--redis-url", "rediss://h", "--tls-verify", "maybe"}), HasSubstr("neither full nor none"));
}

std::vector<std::string> warnings(const std::vector<std::string>& arguments, const Variables& variables) {
  std::vector<std::string> names;
  for (const auto& [name, value] : variables) names.push_back(name);
  const auto parsed = parse_invocation(
      arguments,
      [&](const std::string& name) -> std::optional<std::string> {
        return variables.contains(name) ? std::optional(variables.at(name)) : std::nullopt;
      },
      names);
  return parsed ? parsed->warnings : std::vector<std::string>{parsed.error()};
}

TEST(Configuration, VariablesThatNobodyReadsAreWarnedOf) {
  EXPECT_THAT(warnings({}, {{"CARTD_TTLL", "3d"}}),
              ElementsAre("unknown environment variable \"CARTD_TTLL\"; did you mean CARTD_TTL?"));
  EXPECT_THAT(warnings({}, {{"CARTD_REDIS_URL", "redis://:secret@h"}}),
              ElementsAre("unknown environment variable \"CARTD_REDIS_URL\"; did you mean REDIS_URL?"));
  EXPECT_THAT(warnings({}, {{"CARTD_PORT", "8080"}}), ElementsAre(HasSubstr("\"CARTD_PORT\"")));
  EXPECT_THAT(
      warnings({},
               {{"CARTD_TTL", "3d"}, {"CARTD_CONFIG", ""}, {"CARTD_NOTHING", " "}, {"CARTDOG", "x"}, {"PATH", "/bin"}}),
      IsEmpty());
}

TEST(Configuration, VariablesThatKubernetesMakesOfAServiceAreNotWarnedOf) {
  EXPECT_THAT(warnings({}, {{"CARTD_SERVICE_HOST", "10.0.0.1"},
                            {"CARTD_SERVICE_PORT", "80"},
                            {"CARTD_SERVICE_PORT_HTTP", "80"},
                            {"CARTD_PORT", "tcp://10.0.0.1:80"},
                            {"CARTD_PORT_80_TCP", "tcp://10.0.0.1:80"},
                            {"CARTD_PORT_80_TCP_PROTO", "tcp"},
                            {"CARTD_PORT_80_TCP_PORT", "80"},
                            {"CARTD_PORT_80_TCP_ADDR", "10.0.0.1"},
                            {"CARTD_EU_SERVICE_HOST", "10.0.0.1"},
                            {"CARTD_EU_PORT", "tcp://10.0.0.1:80"}}),
              IsEmpty());
}

TEST(Configuration, WarnsOfUrlParametersForOtherClients) {
  EXPECT_THAT(warnings({"--redis-url", "rediss://h?family=6&tls_verify=none"}, {}),
              UnorderedElementsAre(HasSubstr("family"), HasSubstr("not verified")));
}

TEST(Configuration, RangesAreNamed) {
  EXPECT_THAT(fault({"--ttl", "999ms"}), HasSubstr("1s to 3650d"));
  EXPECT_THAT(fault({"--ttl", "3651d"}), HasSubstr("1s to 3650d"));
  EXPECT_THAT(fault({"--store-deadline", "0ms"}), HasSubstr("1ms to 1m"));
  EXPECT_THAT(fault({"--store-deadline", "61s"}), HasSubstr("1ms to 1m"));
  EXPECT_THAT(fault({"--threads", "0"}), HasSubstr("1 to 1024"));
  EXPECT_THAT(fault({"--checkout-ttl", "999ms"}), HasSubstr("1s to 365d"));
  EXPECT_THAT(fault({"--checkout-ttl", "366d"}), HasSubstr("1s to 365d"));
  EXPECT_THAT(fault({"--order-retention", "59s"}), HasSubstr("1m to 3650d"));
  EXPECT_THAT(fault({"--order-retention", "3651d"}), HasSubstr("1m to 3650d"));
  EXPECT_THAT(fault({"--max-checkouts", "0"}), HasSubstr("1 to 1000"));
  EXPECT_THAT(fault({"--max-checkouts", "1001"}), HasSubstr("1 to 1000"));
  EXPECT_THAT(fault({"--log-level", "loud"}), HasSubstr("debug, info, warn, error"));
}

TEST(Configuration, TheUrlTellsTheTopology) {
  const auto topology = [](const char* url) { return settings({"--redis-url", url}).redis->topology; };
  EXPECT_EQ(topology("redis://h"), redis::Topology::standalone);
  EXPECT_EQ(topology("rediss+sentinel://:p@a,b:1/shop/2?sentinel_password=q"), redis::Topology::sentinel);
  EXPECT_EQ(topology("redis://h:26379/shop"), redis::Topology::sentinel);
  EXPECT_EQ(topology("redis+cluster://a,b:1"), redis::Topology::cluster);
}

TEST(Configuration, TheDataDirectoryIsForCartsOrWithRedisForTheJournal) {
  EXPECT_EQ(store_kind(settings({})), StoreKind::memory);
  EXPECT_EQ(store_kind(settings({"--data-dir", "/x"})), StoreKind::embedded);
  EXPECT_EQ(carts_folder(settings({"--data-dir", "/x"})), "/x/carts");
  EXPECT_EQ(store_kind(settings({"--data-dir", "/x", "--redis-url", "redis://h"})), StoreKind::redis);
  EXPECT_EQ(settings({"--data-dir", "/x", "--redis-url", "redis://h"}).data_dir, "/x");
  EXPECT_EQ(store_kind(settings({"--database-url", "postgresql://h/shop"})), StoreKind::postgresql);
  EXPECT_EQ(store_kind(settings({"--data-dir", "/x"}, {{"DATABASE_URL", "postgres://h/shop"}})), StoreKind::postgresql);
  EXPECT_EQ(settings({}, {{"CARTD_DATA_DIR", "/x"}, {"REDIS_URL", "redis://h"}}).data_dir, "/x");
  EXPECT_EQ(settings({"--redis-url", "redis://h"}).data_dir, "");
  EXPECT_THAT(fault({"--data-dir", "/x", "--redis-url", "redis://h", "--max-journal", "1KiB"}),
              HasSubstr("--max-journal"));
}

TEST(Configuration, TheLastOfARepeatedFlagCounts) {
  EXPECT_EQ(settings({"--ttl", "1d", "--ttl=2d"}).policy.ttl.standard, days(2));
}

TEST_F(ConfigFile, PrefixRulesAreAListInEverySourceAndAreReplacedWhole) {
  const std::string file = write("ttl-prefix = [\"guest-=1d\", \"anon-=2h\"]\n");
  EXPECT_THAT(settings({"--config", file}).policy.ttl.by_prefix,
              UnorderedElementsAre(Pair("guest-", days(1)), Pair("anon-", hours(2))));
  EXPECT_THAT(settings({"--config", file}, {{"CARTD_TTL_PREFIX", "a=3h,b=4h"}}).policy.ttl.by_prefix,
              UnorderedElementsAre(Pair("a", hours(3)), Pair("b", hours(4))));
  EXPECT_THAT(settings({"--config", file, "--ttl-prefix", "c=5h"}).policy.ttl.by_prefix,
              UnorderedElementsAre(Pair("c", hours(5))));
}

TEST(Configuration, PrefixRulesAreChecked) {
  for (const char* rule : {"guest-", "=1d", "guest-=", "guest-=1", "{x}=1d", "a b=1d", "guest-=0s"})
    EXPECT_THAT(fault({"--ttl-prefix", rule}), StartsWith("--ttl-prefix: ")) << rule;
  EXPECT_THAT(fault({"--ttl-prefix", "a=1d", "--ttl-prefix", "a=2d"}), HasSubstr("twice"));
  EXPECT_THAT(settings({"--ttl-prefix", "..=1h", "--ttl-prefix", "gid://a,b==2h"}).policy.ttl.by_prefix,
              UnorderedElementsAre(Pair("..", hours(1)), Pair("gid://a,b=", hours(2))));
}

TEST(Configuration, UnknownFlagsAreRefusedWithTheNearestName) {
  EXPECT_EQ(fault({"--ttll", "3d"}), "unknown flag \"--ttll\"; did you mean --ttl?");
  EXPECT_EQ(fault({"--redis-ur=redis://:secret@h"}), "unknown flag \"--redis-ur\"; did you mean --redis-url?");
  EXPECT_EQ(fault({"--folder", "/x"}), "unknown flag \"--folder\"; see cartd --help");
  EXPECT_EQ(fault({"redis://:secret@h"}), "unexpected argument; see cartd --help");
}

TEST(Configuration, SecretsAreNeverRepeated) {
  const std::string secret = "s3cr3t-0f-the-sh0p";
  const std::vector<std::vector<std::string>> wrong{
      {"--redis-url", "http://:" + secret + "@h"},    {"--redis-url", "redis://:" + secret + "@h:99999"},
      {"--redis-url", "redis://:" + secret + "#@h"},  {"--redis-url=redis://:" + secret + "@"},
      {"--redis", "redis://:" + secret + "@h"},       {"redis://:" + secret + "@h"},
      {"--listen", "redis://:" + secret + "@h:6379"}, {"--ttl", "redis://:" + secret + "@h"},
      {"--config", "redis://:" + secret + "@h"},      {"--log-level", "redis://:" + secret + "@h"},
      {"--check=redis://:" + secret + "@h"}};
  for (const auto& arguments : wrong) EXPECT_THAT(fault(arguments), Not(HasSubstr(secret)));
  EXPECT_THAT(fault({}, {{"REDIS_URL", "http://:" + secret + "@h"}}), Not(HasSubstr(secret)));
  EXPECT_THAT(parse({"--help"}, {{"REDIS_URL", "redis://:" + secret + "@h"}})->text, Not(HasSubstr(secret)));
}

TEST_F(ConfigFile, SecretsAreNeverRepeated) {
  for (const char* text : {"redis-url = \"redis://:s3cr3t#x@h\"\n", "redis-url = redis://:s3cr3t@h:x\n",
                           "redis-ulr = \"redis://:s3cr3t@h\"\n", "redis://:s3cr3t@h\n",
                           "listen = \"redis://:s3cr3t@h\"\n", "[redis://:s3cr3t@h]\nttl = \"1d\"\n"})
    EXPECT_THAT(fault_in(text), Not(HasSubstr("s3cr3t"))) << text;
}

TEST_F(ConfigFile, MistakesInItAreNamed) {
  EXPECT_THAT(fault_in("tttl = \"3d\"\n"), HasSubstr("unknown setting \"tttl\"; did you mean ttl?"));
  EXPECT_THAT(fault_in("folder = \"/x\"\n"), HasSubstr("unknown setting \"folder\""));
  EXPECT_THAT(fault_in("[limits]\nmax-lines = 3\n"), HasSubstr("sections are not supported"));
  EXPECT_THAT(fault_in("ttl = \"1d\"\nthreads = 1\nttl = \"2d\"\n"), HasSubstr("ttl is given twice"));
  EXPECT_THAT(fault_in("ttl = [\"1d\", \"2d\"]\n"), HasSubstr("ttl: one value"));
  EXPECT_THAT(fault_in("ttl = 3\n"), HasSubstr("no unit"));
  EXPECT_THAT(fault_in("ttl = []\n"), HasSubstr("ttl: the value is empty"));
  EXPECT_THAT(fault_in("redis-url = \"redis://:a#b@h\"\n"), HasSubstr("%23"));
}

TEST_F(ConfigFile, MistakesAreToldWithFileAndLine) {
  const std::string file = "config file \"" + (folder_.path() / "cartd.toml").string() + "\", line ";
  EXPECT_EQ(fault_in("# of the shop\n\nttl = 3\n").substr(0, file.size() + 6), file + "3: ttl");
  EXPECT_THAT(fault_in("threads = 1\ntttl = \"3d\"\n"), StartsWith(file + "2: unknown setting"));
  EXPECT_THAT(fault_in("ttl = \"1d\"\nthreads = 1\n  ttl=\"2d\"\n"), StartsWith(file + "3: ttl is given twice"));
  EXPECT_THAT(fault_in("threads = 1\n[limits]\nmax-lines = 3\n"), StartsWith(file + "2: sections"));
  EXPECT_THAT(fault_in("threads = 1\r\nttl = 3\r\n"), StartsWith(file + "2: ttl: \"3\" has no unit"));
  EXPECT_THAT(fault_in("threads = 1\nthis is no setting\n"), StartsWith(file + "2: unknown setting"));
  EXPECT_THAT(fault_in("ttl = \"3d'\n"), Not(HasSubstr("#")));
}

TEST_F(ConfigFile, MayComeFromAnEditorWithItsOwnIdeasOfText) {
  EXPECT_EQ(settings({"--config", write("\xEF\xBB\xBFthreads = 2\r\nttl = \"3d\"\r\n")}).threads, 2U);
  EXPECT_EQ(settings({"--config", write("\xEF\xBB\xBFthreads = 2\r\nttl = \"3d\"\r\n")}).policy.ttl.standard, days(3));
}

TEST_F(ConfigFile, OneThatCannotBeReadIsAnError) {
  EXPECT_THAT(fault({"--config", folder_.path() / "absent"}), EndsWith("cannot be read"));
  EXPECT_THAT(fault({"--config", folder_.path()}), EndsWith("is a directory"));
  EXPECT_THAT(fault({}, {{"CARTD_CONFIG", folder_.path() / "absent"}}), EndsWith("cannot be read"));
  EXPECT_THAT(fault_in(std::string(2 << 20, '#')), HasSubstr("larger than 1MiB"));
}

TEST(Configuration, HelpNamesEverySettingWithItsVariableAndDefault) {
  Settings unused;
  redis::TlsOptions no_tls;
  const auto help = parse({"--help"});
  ASSERT_TRUE(help);
  EXPECT_EQ(help->task, Task::help);
  for (const Setting& setting : setting_table(unused, no_tls)) {
    EXPECT_THAT(help->text, HasSubstr("--" + setting.name + " "));
    EXPECT_THAT(help->text, HasSubstr(setting.environment + ", default " + setting.standard));
  }
}

TEST(Configuration, HelpAndVersionNeedNoValidEnvironment) {
  EXPECT_EQ(parse({"--help"}, {{"CARTD_TTL", "x"}})->task, Task::help);
  EXPECT_EQ(parse({"--version"}, {{"CARTD_CONFIG", "/nowhere"}})->task, Task::version);
  EXPECT_EQ(parse({"--check"})->task, Task::check);
}

TEST(Configuration, WhereChangesWaitWhileRedisIsAwayFollowsTheDataDirectoryUnlessItIsGiven) {
  EXPECT_EQ(while_away(settings({"--redis-url", "redis://h"})), WhileAway::refuse);
  EXPECT_EQ(while_away(settings({"--redis-url", "redis://h", "--data-dir", "/x"})), WhileAway::journal);
  EXPECT_EQ(while_away(settings({"--redis-url", "redis://h", "--while-away", "memory"})), WhileAway::memory);
  EXPECT_EQ(while_away(settings({"--redis-url", "redis://h", "--while-away", "refuse"})), WhileAway::refuse);
  EXPECT_EQ(while_away(settings({"--while-away", "journal", "--redis-url", "redis://h", "--data-dir", "/x"})),
            WhileAway::journal);
  EXPECT_EQ(while_away(settings({}, {{"REDIS_URL", "redis://h"}, {"CARTD_WHILE_AWAY", "memory"}})), WhileAway::memory);
}

TEST(Configuration, JsonCartsAreAdoptedInACurrencyWhoseDecimalsAreKnown) {
  EXPECT_FALSE(settings({"--redis-url", "redis://h"}).json_carts);
  const auto prices = settings({"--redis-url", "redis://h", "--adopt-json-carts", "KWD"}).json_carts;
  ASSERT_TRUE(prices);
  EXPECT_EQ(prices->currency.code(), "KWD");
  EXPECT_EQ(prices->decimals, 3U);
  EXPECT_TRUE(settings({}, {{"REDIS_URL", "redis://h"}, {"CARTD_ADOPT_JSON_CARTS", "EUR"}}).json_carts);
  for (const char* value : {"eur", "EURO", "€", "true"})
    EXPECT_THAT(fault({"--redis-url", "redis://h", "--adopt-json-carts", value}),
                HasSubstr("three upper-case letters"));
  EXPECT_THAT(fault({"--redis-url", "redis://h", "--adopt-json-carts", "XTS"}), HasSubstr("how many decimals"));
  EXPECT_EQ(fault({"--adopt-json-carts", "EUR"}),
            "--adopt-json-carts: needs --redis-url, because it is about carts in Redis");
}

TEST(Configuration, WhereChangesCannotWaitIsAnError) {
  EXPECT_THAT(fault({"--while-away", "disk", "--redis-url", "redis://h"}), HasSubstr("refuse, memory, journal"));
  for (const char* way : {"refuse", "memory", "journal"})
    EXPECT_EQ(fault({"--while-away", way}),
              "--while-away: needs --redis-url or --database-url, because it is about the time while that is away");
  EXPECT_EQ(fault({"--while-away", "journal"}, {{"REDIS_URL", "redis://h"}}),
            "--while-away: journal needs --data-dir, for the journal");
  for (const char* way : {"refuse", "memory"})
    EXPECT_EQ(fault({"--data-dir", "/x"}, {{"REDIS_URL", "redis://h"}, {"CARTD_WHILE_AWAY", way}}),
              "CARTD_WHILE_AWAY: with --data-dir changes wait in the journal; leave one of the two out");
}

}  // namespace
}  // namespace cartd::app
