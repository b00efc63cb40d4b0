#include "apps/programs.h"
#include "support/parameter_name.h"
#include "support/process.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::test {
namespace {

class PlainClientTest : public testing::TestWithParam<std::string> {};

TEST_P(PlainClientTest, RedisPyAndCartdShareTheSameKeys) {
  const RedisServer redis({.binary = GetParam()});
  const RunningCartd cartd({}, {{"REDIS_URL", redis.url()}});
  const TempDir folder;
  const auto output = folder.path() / "output";
  const int code =
      run_to_end({"/usr/bin/python3", PLAIN_CLIENT_SCRIPT, std::to_string(redis.port()), std::to_string(cartd.port())},
                 {.output = output});
  EXPECT_EQ(code, 0) << read_text(output);
  EXPECT_EQ(read_text(output), "the plain client and cartd agree\n");
}

INSTANTIATE_TEST_SUITE_P(Servers, PlainClientTest, testing::ValuesIn(server_binaries()), parameter_name);

}  // namespace
}  // namespace cartd::test
