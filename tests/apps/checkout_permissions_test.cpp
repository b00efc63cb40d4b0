// Checkouts have keys and a command of their own. For a Redis user who is not permitted these, as before there were
// checkouts, carts go on working, and whoever wants a checkout is told that there is none.
#include "apps/cartctl/doctor/acl.h"
#include "apps/permissions.h"
#include "support/parameter_name.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using testing::HasSubstr, testing::Not;

constexpr std::chrono::minutes enough_time{1};
const std::string checkout_keys = "~checkout:*";

class CheckoutPermissions : public testing::TestWithParam<std::string> {
 protected:
  CheckoutPermissions() { permit(doctor::acl_line(redis::Topology::standalone)); }

  std::string url() const { return "redis://cartd:s3cr3t@127.0.0.1:" + std::to_string(server_.port()); }
  void permit(const std::string& line) { paste(server_.probe(), line, "s3cr3t"); }
  void permit_all_but(const std::string& word) {
    std::string line = doctor::acl_line(redis::Topology::standalone);
    line.erase(line.find(word + " "), word.size() + 1);
    permit(line);
  }

  void start(std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--store-deadline", "300ms"});
    cartd_.emplace(std::move(more), Variables{{"REDIS_URL", url()}});
    EXPECT_TRUE(wait_until([&] { return cartd_->ask("GET", "/readyz").status == 200; }, enough_time))
        << cartd_->ask("GET", "/readyz").body;
  }

  std::string begin() const {
    const auto begun = cartd_->ask("POST", "/v1/carts/c/checkouts", "{}");
    EXPECT_THAT(begun.status, testing::AnyOf(200U, 201U)) << begun.body;
    const std::string member = R"("id":")";
    const std::size_t at = begun.body.find(member) + member.size();
    return begun.body.substr(at, begun.body.find('"', at) - at);
  }

  /// Refused at once, with a word for why, and nothing in Redis is another.
  void expect_refused(const std::string& target, const std::string& why) {
    const auto before = everything_in(probe_);
    const auto answer = cartd_->ask("POST", target, "{}");
    EXPECT_EQ(answer.status, 503U) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(why));
    EXPECT_EQ(everything_in(probe_), before) << answer.body;
  }

  /// What clients do with carts works, and cartd and the doctor call the server fit.
  void expect_carts_to_work() {
    for (const std::vector<std::string>& arguments : everything("u")) {
      const bool is_of_checkouts = arguments[0] == "checkout" || arguments[0] == "order" || arguments[0] == "orders";
      if (is_of_checkouts) continue;
      const Ended ended = cartd_->cartctl(arguments);
      EXPECT_EQ(ended.code, 0) << testing::PrintToString(arguments) << ended.err << cartd_->log();
    }
    const auto readiness = cartd_->ask("GET", "/readyz");
    EXPECT_EQ(readiness.status, 200U) << readiness.body;
    EXPECT_THAT(readiness.body, HasSubstr(R"("status":"ready")"));
    EXPECT_THAT(readiness.body, HasSubstr(R"("degraded":[])"));
    const Ended examined = doctor(url());
    EXPECT_THAT(examined.out, Not(HasSubstr("NOPERM"))) << examined.err;
    EXPECT_EQ(examined.code, expected_of_the_doctor_) << examined.out << examined.err;
  }

  RedisServer server_{{.binary = GetParam()}};
  RedisProbe probe_ = server_.probe();
  int expected_of_the_doctor_ = doctor(url()).code;  ///< Where all is permitted.
  std::optional<RunningCartd> cartd_;
};

INSTANTIATE_TEST_SUITE_P(Servers, CheckoutPermissions, testing::ValuesIn(server_binaries()), parameter_name);

TEST_P(CheckoutPermissions, ForTheirKeysAreNotNeededForCarts) {
  permit_all_but(checkout_keys);
  start();
  ASSERT_EQ(cartd_->ask("POST", "/v1/carts/c/items", R"({"sku":"A","quantity":2})").status, 200U);
  expect_refused("/v1/carts/c/checkouts", "nothing was done");
  EXPECT_EQ(cartd_->ask("GET", "/v1/carts/c/checkouts").body, R"({"checkouts":[]})");
  expect_carts_to_work();
  EXPECT_EQ(cartd_->ask("POST", "/v1/carts/c/items", R"({"sku":"A"})").status, 200U);
  EXPECT_THAT(cartd_->ask("GET", "/v1/carts/c").body, HasSubstr(R"("item_count":3)"));

  permit(doctor::acl_line(redis::Topology::standalone));
  const std::string id = begin();
  EXPECT_EQ(cartd_->ask("POST", "/v1/carts/c/checkouts/" + id + "/complete", "{}").status, 201U);
}

TEST_P(CheckoutPermissions, ThatAreTakenAwayLeaveABegunOneAsItIs) {
  start();
  ASSERT_EQ(cartd_->ask("POST", "/v1/carts/c/items", R"({"sku":"A","quantity":2})").status, 200U);
  const std::string checkout = "/v1/carts/c/checkouts/" + begin();
  for (const std::string& missing : {checkout_keys, std::string("+hget")}) {
    permit_all_but(missing);
    expect_refused(checkout + "/complete", "nothing was done");
    const auto shown = cartd_->ask("GET", checkout);
    EXPECT_EQ(shown.status, 503U) << shown.body;
    expect_carts_to_work();
    permit(doctor::acl_line(redis::Topology::standalone));
    EXPECT_EQ(cartd_->ask("GET", checkout).status, 200U);
  }
  EXPECT_EQ(cartd_->ask("POST", checkout + "/complete", "{}").status, 201U);
}

TEST_P(CheckoutPermissions, AreNotMadeUpForByTheJournal) {
  const TempDir folder;
  permit_all_but(checkout_keys);
  start({"--data-dir", folder.path()});
  ASSERT_EQ(cartd_->ask("POST", "/v1/carts/c/items", R"({"sku":"A","quantity":2})").status, 200U);
  expect_refused("/v1/carts/c/checkouts", "nothing was done");
  expect_carts_to_work();
  EXPECT_THAT(cartd_->ask("GET", "/v1/outbox").body, HasSubstr(R"("dead_letters":[])"));
  permit(doctor::acl_line(redis::Topology::standalone));
  EXPECT_THAT(cartd_->ask("GET", "/v1/carts/c/checkouts").body, HasSubstr(R"("checkouts":[])")) << "nothing comes late";
  begin();
}

}  // namespace
}  // namespace cartd::test
