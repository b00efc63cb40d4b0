// cartctl against a running cartd.
#include "apps/programs.h"
#include "support/free_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace cartd::test {
namespace {

using testing::HasSubstr, testing::IsEmpty, testing::Not, testing::StartsWith;

class CartctlProgram : public testing::Test {
 protected:
  Ended cartctl(const std::vector<std::string>& arguments) const { return cartd_.cartctl(arguments); }

  std::string done(const std::vector<std::string>& arguments) const {
    const Ended ended = cartctl(arguments);
    EXPECT_EQ(ended.code, 0) << testing::PrintToString(arguments) << ": " << ended.err;
    EXPECT_THAT(ended.err, IsEmpty());
    return ended.out;
  }

  RunningCartd cartd_;
};

TEST_F(CartctlProgram, ChangesAndShowsCarts) {
  EXPECT_THAT(done({"get", "123"}), HasSubstr("no lines"));
  done({"add", "123", "MUG", "2", "--name", "Mug", "--price", "1299", "--currency", "EUR", "--metadata",
        R"({"colour":"blue"})"});
  done({"add", "123", "PEN"});
  EXPECT_THAT(done({"get", "123"}), HasSubstr("25.98 EUR"));
  EXPECT_THAT(done({"set", "123", "PEN", "5"}), HasSubstr("7 pieces in 2 lines"));
  EXPECT_THAT(done({"remove", "123", "PEN", "2"}), HasSubstr("5 pieces in 2 lines"));
  EXPECT_THAT(done({"remove", "123", "PEN"}), HasSubstr("2 pieces in 1 lines"));
  EXPECT_THAT(done({"annotate", "123", "--user", "anna", "--metadata", R"({"channel":"web"})"}),
              HasSubstr("of user anna"));
  EXPECT_THAT(done({"clear", "123"}), HasSubstr("no lines"));
  EXPECT_THAT(done({"delete", "123"}), HasSubstr("done"));
}

TEST_F(CartctlProgram, TellsTheLinesOfOneProductApart) {
  done({"add", "123", "MUG", "2"});
  done({"add", "123", "MUG", "1", "--line", "ä b"});
  done({"add", "123", "MUG", "--options", R"({"size":"L"})"});
  const std::string shown = done({"describe", "123", "MUG", "--line", "ä b", "--name", "Engraved"});
  EXPECT_THAT(shown, HasSubstr("Engraved"));
  EXPECT_THAT(shown, HasSubstr(R"({"size":"L"})"));
  EXPECT_THAT(shown, HasSubstr("4 pieces in 3 lines"));
  EXPECT_THAT(done({"set", "123", "MUG", "5", "--line", "ä b"}), HasSubstr("8 pieces in 3 lines"));
  EXPECT_THAT(done({"remove", "123", "MUG", "1", "--line", "ä b"}), HasSubstr("7 pieces in 3 lines"));
  EXPECT_THAT(done({"remove", "123", "MUG", "--line", "ä b"}), HasSubstr("3 pieces in 2 lines"));
  EXPECT_EQ(cartctl({"describe", "123", "MUG", "--line", "ä b", "--name", "x"}).code, 1) << "it is gone";
}

TEST_F(CartctlProgram, ChangesOnlyTheMetadataThatIsNamed) {
  done({"annotate", "123", "--metadata", R"({"coupon":"X"})"});
  const std::string both = done({"annotate", "123", "--metadata", R"({"note":"ring"})"});
  EXPECT_THAT(both, HasSubstr(R"({"coupon":"X","note":"ring"})"));
  EXPECT_THAT(done({"annotate", "123", "--no-metadata"}), Not(HasSubstr("metadata")));
}

TEST_F(CartctlProgram, TakesAnySku) {
  for (const char* sku : {"a/b", "a b?c#d%", "Müsli", "..."}) {
    done({"add", "c", sku, "2"});
    done({"set", "c", sku, "3"});
    EXPECT_THAT(done({"get", "c"}), HasSubstr(sku));
    done({"remove", "c", sku});
    EXPECT_THAT(done({"get", "c", "--json"}), HasSubstr(R"("items":[])")) << sku;
  }
  EXPECT_THAT(done({"add", "c", "--", "-dash"}), HasSubstr("-dash"));
}

TEST_F(CartctlProgram, TakesAnyId) {
  for (const char* id : {"gid://shop/Cart/Z2NwLXVz", "YWJj+/==", "1|2,3", "$!", "..."}) {
    done({"add", id, "a", "2"});
    EXPECT_THAT(done({"get", id, "--json"}), HasSubstr(std::string(R"({"id":")") + id + '"'));
    done({"user", "put", id, "name=Ada"});
    EXPECT_THAT(done({"user", "get", id}), HasSubstr("Ada"));
    done({"delete", id});
  }
}

TEST_F(CartctlProgram, DotSegmentsAreNoIdsAndNoSkus) {
  done({"add", "c", "a"});
  for (const char* dots : {".", ".."}) {
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"get", dots},
                                                                                           {"delete", dots},
                                                                                           {"clear", dots},
                                                                                           {"add", "c", dots},
                                                                                           {"set", "c", dots, "1"},
                                                                                           {"remove", "c", dots}}) {
      const Ended ended = cartctl(arguments);
      EXPECT_EQ(ended.code, 1) << testing::PrintToString(arguments);
      EXPECT_THAT(ended.err, HasSubstr("may not be . or ..")) << testing::PrintToString(arguments);
    }
  }
  EXPECT_THAT(done({"get", "c"}), HasSubstr("1 pieces in 1 lines"));
}

TEST_F(CartctlProgram, PrintsTheServersJsonAsItIs) {
  done({"add", "c", "a"});
  EXPECT_EQ(done({"get", "c", "--json"}), cartd_.ask("GET", "/v1/carts/c").body + "\n");
  const Ended refused = cartctl({"add", "c", "a", "0", "--json"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.out, HasSubstr("\"type\":\"urn:cartd:invalid\""));
}

TEST_F(CartctlProgram, AnErrorIsOneLineAndExitCodeOne) {
  done({"add", "c", "a"});
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"add", "c", "a", "0"}, {"get", "{c}"}, {"add", "c", "a", "--if-match", "99"}, {"user", "get", "nobody"}}) {
    const Ended ended = cartctl(arguments);
    EXPECT_EQ(ended.code, 1);
    EXPECT_THAT(ended.err, StartsWith("cartctl: "));
    EXPECT_EQ(std::count(ended.err.begin(), ended.err.end(), '\n'), 1) << ended.err;
  }
  EXPECT_THAT(cartctl({"add", "c", "a", "--if-match", "99"}).err, HasSubstr("the current version is 1"));
}

TEST_F(CartctlProgram, NamesTheApisRangeOfQuantities) {
  for (const char* wrong : {"0", "1000000", "99999999999999999999", "x"}) {
    const Ended ended = cartctl({"add", "c", "a", wrong});
    EXPECT_NE(ended.code, 0);
    EXPECT_THAT(ended.err, HasSubstr("999999")) << wrong;
  }
}

TEST_F(CartctlProgram, TheSameKeyAddsOnce) {
  done({"add", "c", "a", "2", "--idempotency-key", "k"});
  done({"add", "c", "a", "2", "--idempotency-key", "k"});
  EXPECT_THAT(done({"get", "c", "--json"}), HasSubstr(R"("item_count":2)"));
  done({"add", "c", "a", "2"});
  done({"add", "c", "a", "2"});
  EXPECT_THAT(done({"get", "c", "--json"}), HasSubstr(R"("item_count":6)"));
}

TEST_F(CartctlProgram, ChangesAndShowsUsers) {
  EXPECT_THAT(done({"user", "put", "anna", "name=Anna", "email=anna@example.org"}), HasSubstr("anna@example.org"));
  EXPECT_THAT(done({"user", "patch", "anna", "name=Anna B", "--unset", "email"}), HasSubstr("Anna B"));
  EXPECT_THAT(done({"user", "get", "anna"}), Not(HasSubstr("email")));
  done({"add", "anna", "a"});
  done({"user", "delete", "anna", "--cart"});
  EXPECT_THAT(done({"get", "anna"}), HasSubstr("no lines"));
  EXPECT_EQ(cartctl({"user", "get", "anna"}).code, 1);
}

TEST(Cartctl, SaysWhenThereIsNoServer) {
  const std::string url = "http://127.0.0.1:" + std::to_string(free_port());
  const Ended ended = run_cartctl({"get", "c", "--url", url});
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, StartsWith("cartctl: cannot reach cartd at 127.0.0.1:"));
}

TEST(Cartctl, WrongUsageIsExitCodeTwo) {
  EXPECT_EQ(run_cartctl({"get"}).code, 2);
  EXPECT_EQ(run_cartctl({"get", "c", "--url", "https://shop.example"}).code, 2);
  EXPECT_EQ(run_cartctl({"annotate", "c", "--metadata", "[]"}).code, 2);
  EXPECT_EQ(run_cartctl({"--help"}).code, 0);
  EXPECT_EQ(run_cartctl({"--version"}).out, "cartctl " CARTD_VERSION "\n");
}

}  // namespace
}  // namespace cartd::test
