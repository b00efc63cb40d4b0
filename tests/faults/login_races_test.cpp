// A guest's cart at login: two logins, an add and a reader at once, many times on each store (TEST_ROUNDS times, if
// that is set), and merges that a crash of cartd cuts. What the guest had is taken over once, and no add is lost.
#include "faults/load.h"
#include "faults/store_races.h"
#include "support/http_client.h"
#include "support/parameter_name.h"
#include "support/seed.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <barrier>
#include <chrono>
#include <exception>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <thread>

namespace cartd::test {
namespace {

using nlohmann::json;
using Pieces = std::map<std::string, int>;

class LoginRaces : public StoreRaces {
 protected:
  static Pieces pieces(HttpClient& client, const std::string& cart) {
    const json shown = json::parse(client.get("/v1/carts/" + cart).body);
    return pieces_of(shown.at("items"));
  }
};

TEST_P(LoginRaces, MergeOnceAndLoseNoAdd) {
  std::string guest;
  std::string user;
  std::barrier<> start(5);
  std::barrier<> end(5);
  std::atomic<bool> is_over = false;
  std::atomic<int> refused = 0;
  on_threads(5, [&](int number) {
    HttpClient client(port(number));
    for (int i = 0; i < its_rounds(); ++i) {
      if (number == 4) {
        guest = "guest" + std::to_string(i);
        user = "user" + std::to_string(i);
        (void)client.post("/v1/carts/" + guest + "/items", R"({"sku":"MUG","quantity":2})");
        (void)client.post("/v1/carts/" + user + "/items", R"({"sku":"TEE"})");
      }
      start.arrive_and_wait();
      const std::string login = json{{"from", guest}}.dump();
      if (number < 2 && client.post("/v1/carts/" + user + "/merge", login).status != 200) ++refused;
      if (number == 2) (void)client.post("/v1/carts/" + guest + "/items", R"({"sku":"PEN"})");
      if (number == 3) (void)client.get("/v1/carts/" + guest);
      end.arrive_and_wait();
      if (number != 4 || is_over) continue;

      EXPECT_EQ(refused, 0);
      const Pieces left = pieces(client, guest);
      EXPECT_TRUE(left.empty() || left == (Pieces{{"PEN", 1}})) << json(left);
      if (!left.empty()) {
        EXPECT_EQ(client.post("/v1/carts/" + user + "/merge", login).status, 200);
      }
      EXPECT_EQ(pieces(client, user), (Pieces{{"MUG", 2}, {"PEN", 1}, {"TEE", 1}}));
      EXPECT_EQ(pieces(client, guest), Pieces{});
      is_over = testing::Test::HasFailure();
      if (is_over) ADD_FAILURE() << "in round " << i;
    }
  });
}

TEST_P(LoginRaces, AMergeThatACrashCutsIsFinishedOnce) {
  if (GetParam() == "memory") GTEST_SKIP() << "its carts end with the process";
  // FerretDB takes its time.
  const bool is_slow = GetParam() == "mongodb";
  const int crashes = is_slow ? 3 : 12;
  const int logins = is_slow ? 8 : 40;
  std::mt19937 random(test_seed());
  std::map<std::string, int> found;
  for (int crash_number = 0; crash_number < crashes; ++crash_number) {
    const auto guest = [&](int i) { return "guest" + std::to_string(crash_number) + "-" + std::to_string(i); };
    const auto user = [&](int i) { return "user" + std::to_string(crash_number) + "-" + std::to_string(i); };
    const auto login = [&](HttpClient& client, int i) {
      return client.post("/v1/carts/" + user(i) + "/merge", json{{"from", guest(i)}, {"from_version", 1}}.dump());
    };
    {
      HttpClient client(port(0));
      for (int i = 0; i < logins; ++i) (void)client.post("/v1/carts/" + guest(i) + "/items", R"({"sku":"MUG"})");
    }
    std::atomic<int> begun = 0;
    const int last = std::uniform_int_distribution(1, logins)(random);
    std::thread customer([&] {
      HttpClient client(port(0));
      try {
        for (int i = 0; i < logins; ++i) {
          begun = i + 1;
          (void)login(client, i);
        }
      } catch (const std::exception&) {
        // cut by the crash
      }
    });
    while (begun < last) std::this_thread::yield();
    for (int spins = std::uniform_int_distribution(0, 20'000)(random); spins > 0; --spins)
      std::atomic_thread_fence(std::memory_order_seq_cst);
    crash();
    customer.join();

    HttpClient client(port(0));
    for (int i = 0; i < logins; ++i) {
      const bool at_guest = !pieces(client, guest(i)).empty();
      const bool at_user = !pieces(client, user(i)).empty();
      ++found[at_guest && at_user ? "in the middle" : at_guest ? "at the guest" : "at the user"];
      EXPECT_TRUE(at_guest || at_user) << guest(i);
      if (at_guest && at_user && crash_number % 2 == 1) {
        // Nobody tries again: whoever looks at the guest's cart has it finished.
        EXPECT_TRUE(wait_until([&] { return pieces(client, guest(i)).empty(); })) << guest(i);
      } else {
        EXPECT_EQ(login(client, i).status, 200) << guest(i);
      }
      EXPECT_EQ(pieces(client, user(i)), (Pieces{{"MUG", 1}})) << guest(i);
      EXPECT_EQ(pieces(client, guest(i)), Pieces{}) << guest(i);
    }
  }
  std::cout << json(found) << "\n";
}

INSTANTIATE_TEST_SUITE_P(Stores, LoginRaces, testing::ValuesIn(race_stores()), parameter_name);

}  // namespace
}  // namespace cartd::test
