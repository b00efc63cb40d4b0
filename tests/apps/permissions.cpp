#include "apps/permissions.h"

#include "support/wait_until.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <sstream>

namespace cartd::test {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
}

std::string without(const std::string& unwanted, const std::string& line) {
  std::string rest;
  for (const std::string& word : words_of(line))
    if (word != unwanted) rest += (rest.empty() ? "" : " ") + word;
  return rest;
}

}  // namespace

Ended doctor(const std::string& url, std::vector<std::string> more) {
  more.insert(more.begin(), "doctor");
  return run_cartctl(more, {{"REDIS_URL", url}});
}

void paste(RedisProbe probe, std::string line, const std::string& password) {
  const std::string word = "PASSWORD";
  line.replace(line.find(word), word.size(), password);
  EXPECT_EQ(probe.text(words_of(line)), "OK");
  probe.text({"ACL", "LOG", "RESET"});
}

void cut(RedisProbe probe) { probe.integer({"CLIENT", "KILL", "USER", "cartd"}); }

std::vector<std::string> refused(RedisProbe probe) {
  std::vector<std::string> commands;
  for (const RedisValue& entry : probe.command({"ACL", "LOG"}).elements)
    for (std::size_t i = 0; i + 1 < entry.elements.size(); i += 2)
      if (entry.elements[i].text == "object") commands.push_back(entry.elements[i + 1].text);
  return commands;
}

std::map<std::string, std::vector<std::string>> everything_in(RedisProbe& probe) {
  std::map<std::string, std::vector<std::string>> all;
  for (const RedisValue& key : probe.command({"KEYS", "*"}).elements) {
    // An owner's list: an entry too many does no harm, and is made before all else.
    if (key.text.starts_with("user:{")) continue;
    std::vector<std::string> held;
    for (const RedisValue& value : probe.command({"HGETALL", key.text}).elements) held.push_back(value.text);
    held.push_back(probe.integer({"PTTL", key.text}) > 0 ? "expires" : "stays");
    all.emplace(key.text, std::move(held));
  }
  return all;
}

std::vector<std::vector<std::string>> everything(const std::string& id) {
  return {{"add", id, "a", "2", "--name", "Mug", "--price", "1", "--currency", "EUR"},
          {"add", id, "b"},
          {"add", id, "a"},
          {"remove", id, "a"},
          {"set", id, "b", "3"},
          {"annotate", id, "--user", id, "--kind", "saved"},
          {"carts", id},
          {"checkout", "begin", id},
          // Reads the one that is open.
          {"checkout", "begin", id},
          {"get", id},
          {"clear", id},
          {"user", "put", id, "name=Anna", "email=a@b"},
          {"user", "patch", id, "name=B", "--unset", "email"},
          {"user", "get", id},
          {"user", "delete", id, "--cart"},
          {"add", id, "a"},
          {"delete", id}};
}

std::vector<std::string> never_sent(const std::string& line, const std::string& password, const Servers& servers,
                                    const Use& use) {
  std::vector<std::string> found;
  for (const std::string& word : words_of(line)) {
    if (!word.starts_with("+")) continue;
    for (const RedisServer* server : servers) paste(server->probe(), without(word, line), password);
    const auto missed = [&] {
      return std::any_of(servers.begin(), servers.end(), [&](const RedisServer* server) {
        const std::vector<std::string> commands = refused(server->probe());
        return std::find(commands.begin(), commands.end(), word.substr(1)) != commands.end();
      });
    };
    const auto used_until_missed = [&] {
      use(missed);
      return missed();
    };
    if (!wait_until(used_until_missed, std::chrono::minutes(1))) found.push_back(word);
  }
  for (const RedisServer* server : servers) paste(server->probe(), line, password);
  return found;
}

}  // namespace cartd::test
