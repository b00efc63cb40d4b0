#include "apps/permissions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <sstream>

namespace cartd::test {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
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
  probe.command({"CONFIG", "RESETSTAT"});  // A Sentinel does not know it, and starts with nothing.
}

void use_everything(const RunningCartd& cartd, const std::string& id) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"add", id, "a", "2", "--name", "Mug", "--price", "1", "--currency", "EUR"},
                                             {"add", id, "b"},
                                             {"remove", id, "a"},
                                             {"set", id, "b", "3"},
                                             {"annotate", id, "--user", id},
                                             {"get", id},
                                             {"clear", id},
                                             {"user", "put", id, "name=Anna", "email=a@b"},
                                             {"user", "patch", id, "name=B", "--unset", "email"},
                                             {"user", "get", id},
                                             {"user", "delete", id, "--cart"},
                                             {"add", id, "a"},
                                             {"delete", id}}) {
    const Ended ended = cartd.cartctl(arguments);
    EXPECT_EQ(ended.code, 0) << testing::PrintToString(arguments) << ended.err;
  }
}

std::vector<std::string> unused(const std::string& line, std::vector<RedisProbe> probes) {
  std::string statistics;
  for (RedisProbe& probe : probes) statistics += probe.text({"INFO", "commandstats"});
  std::vector<std::string> found;
  for (const std::string& word : words_of(line))
    if (word.starts_with("+") && statistics.find("cmdstat_" + word.substr(1) + ":") == std::string::npos) found.push_back(word);
  return found;
}

std::vector<std::string> refused(RedisProbe probe) {
  std::vector<std::string> commands;
  for (const RedisValue& entry : probe.command({"ACL", "LOG"}).elements)
    for (std::size_t i = 0; i + 1 < entry.elements.size(); i += 2)
      if (entry.elements[i].text == "object") commands.push_back(entry.elements[i + 1].text);
  return commands;
}

}  // namespace cartd::test
