#include "apps/cartctl/doctor/server_probe.h"

#include "apps/cartctl/doctor/redis_session.h"
#include "redis/connection/handshake.h"
#include "redis/protocol/redirect.h"
#include "store/redis/access.h"
#include "util/decimal.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace cartd::doctor {
namespace {

using redis::ReplyView;
using Texts = std::map<std::string, std::string>;

struct NoConnection {
  std::string why;
};

bool is_cart(std::string_view key) { return key.starts_with("cart:"); }
bool is_meta(std::string_view key) { return key.starts_with("{cart:") && key.ends_with("}:meta"); }

class Examination {
 public:
  Examination(const redis::Url& url, std::uint64_t most_carts, const std::function<void(std::uint64_t)>& progress)
      : session_(url), most_carts_(most_carts), progress_(progress) {}

  Facts facts() {
    // In this order: INFO finds out whether there is a connection at all.
    auto info = look_info();
    auto config = look_config();
    auto ahead = look_clock();
    auto slow = look_slow_log();
    auto keys = look_keys();
    const bool in_cluster = info && (mode_of(*info) == "cluster");
    return {std::move(info), std::move(config), std::move(ahead),
            std::move(slow), std::move(keys),   look_permissions(in_cluster)};
  }

 private:
  using Answer = RedisSession::Answer;

  Looked<redis::Reply> ask(const RedisCommand& command) { return looked(session_.ask(command)); }

  static Looked<redis::Reply> looked(Answer answer) {
    if (answer) return std::move(*answer);
    if (answer.error().connection) throw NoConnection{answer.error().why};
    return answer.error().why;
  }

  Looked<Texts> look_info() {
    auto reply = ask({"INFO"});
    if (!reply) return reply.error();
    Texts texts;
    std::string_view rest = reply->view().text();
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find("\r\n"), rest.size());
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 2, rest.size()));
      const std::size_t colon = line.find(':');
      if (colon != std::string_view::npos && !line.starts_with('#'))
        texts.emplace(line.substr(0, colon), line.substr(colon + 1));
    }
    return texts;
  }

  Looked<Texts> look_config() {
    Texts texts;
    // Those of the Cluster are unknown to a server that runs in none, and left out of its answer.
    for (const char* name :
         {"appendonly", "appendfsync", "maxmemory", "maxmemory-policy", "min-replicas-to-write", "cluster-node-timeout",
          "cluster-require-full-coverage", "cluster-allow-reads-when-down"}) {
      auto reply = ask({"CONFIG", "GET", name});
      if (!reply) return reply.error();
      const ReplyView pair = reply->view();
      if (pair.size() == 2) texts.emplace(name, pair[1].text());
    }
    return texts;
  }

  Looked<std::chrono::milliseconds> look_clock() {
    using namespace std::chrono;
    const auto before = system_clock::now();
    auto reply = ask({"TIME"});
    const auto after = system_clock::now();
    if (!reply) return reply.error();
    const ReplyView pair = reply->view();
    const std::string invalid = "the answer to TIME is invalid";
    if (pair.size() != 2) return invalid;
    const auto whole = util::parse_number<std::int64_t>(pair[0].text());
    const auto micros = util::parse_number<std::int64_t>(pair[1].text());
    if (!whole || !micros) return invalid;
    // Somewhere between the two the server looked at its clock: the middle is off by half of the round trip at most.
    const auto ours = before.time_since_epoch() + (after - before) / 2;
    return round<milliseconds>(seconds(*whole) + microseconds(*micros) - ours);
  }

  Looked<SlowCommands> look_slow_log() {
    auto reply = ask({"SLOWLOG", "GET", "128"});
    if (!reply) return reply.error();
    SlowCommands slow;
    const ReplyView entries = reply->view();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      // An entry: id, time, duration in microseconds, arguments, …
      if (entries[i].size() < 4 || !about_carts(entries[i][3])) continue;
      ++slow.count;
      const std::chrono::microseconds took(entries[i][2].integer());
      if (took < slow.slowest) continue;
      slow.slowest = took;
      slow.command = entries[i][3][0].text();
    }
    return slow;
  }

  static bool about_carts(ReplyView arguments) {
    for (std::size_t i = 1; i < arguments.size(); ++i)
      if (arguments[i].text().starts_with("cart:") || arguments[i].text().starts_with("{cart:")) return true;
    return false;
  }

  static std::string mode_of(const Texts& info) {
    for (const char* name : {"redis_mode", "server_mode"})
      if (const auto mode = info.find(name); mode != info.end()) return mode->second;
    return {};
  }

  // Every command that cartd sends, as this user.
  Looked<RefusedCommands> look_permissions(bool in_cluster) {
    RefusedCommands refused;
    for (const std::string_view caller : {"EVAL", "EVALSHA"}) {
      const auto access = try_script(caller, in_cluster);
      if (!access) return access.error();
      for (const RefusedCommand& one : access->refused) {
        const std::string text = one.command + " (" + redis::error_code(one.error) + ")";
        if (std::find(refused.needed.begin(), refused.needed.end(), text) == refused.needed.end())
          refused.needed.push_back(text);
      }
    }
    const auto try_out = [&](const RedisCommand& command, const std::string& name) -> std::string {
      Answer answer = session_.ask(command);
      if (answer || answer.error().connection) return {};
      return name + " (" + redis::error_code(answer.error().error) + ")";
    };
    const auto need = [&](const RedisCommand& command, const std::string& name) {
      if (std::string text = try_out(command, name); !text.empty()) refused.needed.push_back(std::move(text));
    };
    // In a Cluster the key may be another node's, which is as good as a permission.
    if (const std::string text = try_out({"HGETALL", "user: check"}, "HGETALL user:*");
        !text.empty() && !text.ends_with("(MOVED)"))
      refused.needed.push_back(text);
    if (in_cluster) {
      need({"CLUSTER", "INFO"}, "CLUSTER INFO");
      need({"CLUSTER", "SLOTS"}, "CLUSTER SLOTS");
      need({"ASKING"}, "ASKING");
    }
    const auto want = [&](const RedisCommand& command, const std::string& name, std::string cost) {
      if (std::string text = try_out(command, name); !text.empty())
        refused.optional.emplace_back(std::move(text), std::move(cost));
    };
    want({"CLIENT", "SETNAME", "cartctl"}, "CLIENT SETNAME", redis::cost_of_missing("CLIENT SETNAME"));
    want({"CLIENT", "ID"}, "CLIENT ID", redis::cost_of_missing("CLIENT ID"));
    // An id that no client has.
    want({"CLIENT", "KILL", "ID", "9223372036854775807"}, "CLIENT KILL", redis::cost_of_missing("CLIENT ID"));
    want({"INFO", "server"}, "INFO", redis::cost_of_missing("INFO"));
    want({"PING"}, "PING", "a dead idle connection is only detected by the next command");
    return refused;
  }

  // Tries the script on a key of this server: in a Cluster another node may own the first ones.
  Looked<Access> try_script(std::string_view caller, bool in_cluster) {
    const int most_keys = in_cluster ? 1000 : 1;
    for (int key = 0; key < most_keys; ++key) {
      Answer answer = session_.ask(check_command(caller, std::to_string(key)));
      if (!answer && answer.error().connection) throw NoConnection{answer.error().why};
      if (answer) return access_from(answer->view(), caller);
      if (!answer.error().error.starts_with("MOVED ") && !answer.error().error.starts_with("ASK "))
        return Access{{{std::string(caller), answer.error().error}}};
    }
    return std::string("found no key that this server owns");
  }

  // SCAN, in steps that each hold the server for well under a millisecond, and a bounded number of them.
  Looked<Sample> look_keys() {
    constexpr int most_steps = 2000;
    Sample sample;
    std::string cursor = "0";
    for (int step = 0; step < most_steps; ++step) {
      auto reply = ask({"SCAN", cursor, "MATCH", "*cart:*", "COUNT", "500"});
      if (!reply) return reply.error();
      const ReplyView page = reply->view();
      if (page.size() != 2) return std::string("the answer to SCAN is malformed");
      cursor = page[0].text();
      std::vector<std::string> keys;
      for (std::size_t i = 0; i < page[1].size(); ++i)
        if (const std::string_view key = page[1][i].text(); is_cart(key) || is_meta(key)) keys.emplace_back(key);
      if (auto why = look_at(keys, sample)) return *why;
      progress_(sample.carts);
      if (cursor == "0") return sample;
      if (sample.carts >= most_carts_) break;
    }
    sample.complete = false;
    return sample;
  }

  // Answers why it could not, if so.
  std::optional<std::string> look_at(const std::vector<std::string>& keys, Sample& sample) {
    constexpr std::size_t questions = 4;
    std::vector<RedisCommand> commands;
    for (const std::string& key : keys) {
      commands.push_back({"TYPE", key});
      commands.push_back({"OBJECT", "ENCODING", key});
      commands.push_back({"HLEN", key});
      commands.push_back({"PTTL", key});
    }
    auto answers = session_.ask_all(commands);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      auto type = looked(std::move(answers[questions * i]));
      if (!type) return type.error();
      auto encoding = looked(std::move(answers[questions * i + 1]));
      if (!encoding) return encoding.error();
      const Answer& lines = answers[questions * i + 2];
      const Answer& lifetime = answers[questions * i + 3];
      note(keys[i], type->view().text(), encoding->view().text(), lines ? lines->view().integer() : 0,
           lifetime ? lifetime->view().integer() : 0, sample);
    }
    return std::nullopt;
  }

  static void note(const std::string& key, std::string_view type, std::string_view encoding, std::int64_t lines,
                   std::int64_t lifetime, Sample& sample) {
    if (type == "none") return;  // It expired between the two looks.
    const bool unpacked = type == "hash" && encoding == "hashtable";
    if (is_meta(key)) {
      ++sample.metas;
      if (unpacked) sample.meta_unpacked.see(key);
      return;
    }
    ++sample.carts;
    if (type == "string") sample.texts.see(key);
    else if (type != "hash") sample.wrong_type.see(key);
    if (unpacked) sample.cart_unpacked.see(key);
    if (lines > static_cast<std::int64_t>(large_cart_lines)) sample.large.see(key);
    if (lifetime == -1) sample.without_expiry.see(key);
  }

  RedisSession session_;
  std::uint64_t most_carts_;
  const std::function<void(std::uint64_t)>& progress_;
};

}  // namespace

Looked<Facts> examine_server(const redis::Url& url, std::uint64_t most_carts,
                             const std::function<void(std::uint64_t)>& progress) {
  try {
    return Examination(url, most_carts, progress).facts();
  } catch (const NoConnection& lost) {
    return {boost::system::in_place_error, lost.why};
  }
}

}  // namespace cartd::doctor
