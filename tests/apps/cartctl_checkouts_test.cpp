// cartctl's commands about checkouts, orders and prices, against a running cartd.
#include "apps/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using testing::HasSubstr, testing::IsEmpty, testing::Not, testing::StartsWith;

class CartctlCheckouts : public testing::Test {
 protected:
  Ended cartctl(const std::vector<std::string>& arguments) const { return cartd_.cartctl(arguments); }

  std::string done(const std::vector<std::string>& arguments) const {
    const Ended ended = cartctl(arguments);
    EXPECT_EQ(ended.code, 0) << testing::PrintToString(arguments) << ": " << ended.err;
    EXPECT_THAT(ended.err, IsEmpty());
    return ended.out;
  }

  /// Begins a checkout of the cart and answers its id.
  std::string begin(const std::string& cart) const {
    const std::string answer = done({"checkout", "begin", cart, "--json"});
    const std::string member = R"("id":")";
    const std::size_t at = answer.find(member) + member.size();
    return answer.substr(at, answer.find('"', at) - at);
  }

  void add_mugs(const std::string& cart, const std::string& pieces) const {
    done({"add", cart, "MUG", pieces, "--name", "Mug", "--price", "1299", "--currency", "EUR"});
  }

  RunningCartd cartd_;
};

TEST_F(CartctlCheckouts, BuyWhatIsInACartOnce) {
  add_mugs("123", "2");
  EXPECT_THAT(done({"checkout", "list", "123"}), HasSubstr("no checkouts"));
  const std::string id = begin("123");
  EXPECT_EQ(begin("123"), id) << "nothing has changed";
  EXPECT_THAT(done({"checkout", "list", "123"}), HasSubstr(id + "  open"));
  const std::string shown = done({"checkout", "show", "123", id});
  EXPECT_THAT(shown, StartsWith("checkout " + id + " of cart 123, open, "));
  EXPECT_THAT(shown, HasSubstr("total 25.98 EUR"));

  add_mugs("123", "1");
  EXPECT_THAT(done({"orders", "123"}), HasSubstr("no orders"));
  const std::string order = done({"checkout", "complete", "123", id, "--payment-ref", "pi_1"});
  EXPECT_THAT(order, StartsWith("order " + id + " of cart 123, completed "));
  EXPECT_THAT(order, HasSubstr("payment pi_1"));
  EXPECT_THAT(order, HasSubstr("2 pieces in 1 lines"));
  EXPECT_EQ(done({"checkout", "complete", "123", id, "--payment-ref", "pi_1"}), order) << "the same order again";
  EXPECT_EQ(done({"order", id}), order);
  EXPECT_THAT(done({"orders", "123"}), HasSubstr("25.98 EUR"));
  EXPECT_THAT(done({"checkout", "show", "123", id}), HasSubstr("\norder completed "));
  EXPECT_THAT(done({"get", "123"}), HasSubstr("1 pieces in 1 lines"));
  const Ended refused = cartctl({"checkout", "abort", "123", id});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("The checkout has become an order"));
}

TEST_F(CartctlCheckouts, AreAbortedAndCanBePaidAllTheSame) {
  add_mugs("123", "2");
  const std::string id = begin("123");
  EXPECT_THAT(done({"checkout", "abort", "123", id}), HasSubstr(", aborted, "));
  EXPECT_THAT(done({"checkout", "list", "123"}), HasSubstr("aborted"));
  done({"set", "123", "MUG", "1"});
  const Ended strict = cartctl({"checkout", "complete", "123", id, "--strict"});
  EXPECT_EQ(strict.code, 1);
  EXPECT_THAT(strict.err, HasSubstr("\nSKU  ASKED FOR  AVAILABLE\nMUG          2          1\n"));
  const std::string order = done({"checkout", "complete", "123", id});
  EXPECT_THAT(order, HasSubstr("late: the checkout was not open any more"));
  EXPECT_THAT(order, HasSubstr("the cart no longer held all of it:\nSKU  ASKED FOR  AVAILABLE\nMUG          2"));
  EXPECT_THAT(done({"orders", "123"}), HasSubstr("late, shortfall"));
}

TEST_F(CartctlCheckouts, AreRefusedWithTheLinesThatChanged) {
  add_mugs("123", "2");
  done({"add", "123", "PEN", "3"});
  const std::vector<std::string> begin{"checkout",   "begin", "123",         "--price", "MUG=1399",
                                       "--currency", "EUR",   "--available", "PEN=1"};
  const Ended refused = cartctl(begin);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.out, IsEmpty());
  EXPECT_THAT(refused.err, StartsWith("cartctl: "));
  EXPECT_THAT(refused.err, HasSubstr(" (409)\n"
                                     "SKU  ASKED FOR  AVAILABLE  PRICE NOW  PRICE WAS\n"
                                     "MUG          2             13.99 EUR  12.99 EUR\n"
                                     "PEN          3          1\n"));
  std::vector<std::string> as_json = begin;
  as_json.emplace_back("--json");
  const Ended json = cartctl(as_json);
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, HasSubstr(R"("type":"urn:cartd:changed")"));
  EXPECT_THAT(json.err, Not(HasSubstr("ASKED FOR"))) << "the lines are in the answer";

  std::vector<std::string> accepting = begin;
  accepting.emplace_back("--accept");
  const std::string shown = done(accepting);
  EXPECT_THAT(shown, HasSubstr("3 pieces in 2 lines"));
  EXPECT_THAT(shown, HasSubstr("total 27.98 EUR"));
}

TEST_F(CartctlCheckouts, OfAnEmptyCartOrAnotherVersionAreRefused) {
  const Ended empty = cartctl({"checkout", "begin", "123"});
  EXPECT_EQ(empty.code, 1);
  EXPECT_THAT(empty.err, HasSubstr("no lines that can be bought"));
  add_mugs("123", "1");
  EXPECT_THAT(cartctl({"checkout", "begin", "123", "--if-match", "99"}).err, HasSubstr("the current version is 1"));
  for (const std::vector<std::string>& unknown : std::vector<std::vector<std::string>>{
           {"checkout", "show", "123", "abcdefghijklmnop"}, {"checkout", "show", "123", ".."}, {"order", "a/b"}}) {
    const Ended ended = cartctl(unknown);
    EXPECT_EQ(ended.code, 1) << testing::PrintToString(unknown);
    EXPECT_THAT(ended.err, HasSubstr("(404)")) << testing::PrintToString(unknown);
  }
}

TEST_F(CartctlCheckouts, ShowThePriceThatTheShopChanged) {
  add_mugs("123", "2");
  done({"add", "123", "MUG", "--line", "L", "--price", "1399", "--currency", "EUR"});
  done({"add", "123", "MUG", "--options", R"({"size":"L"})", "--price", "1499", "--currency", "EUR"});
  EXPECT_THAT(done({"get", "123"}), Not(HasSubstr("PRICE WAS")));
  const std::string shown = done({"reprice", "123", "MUG", "999", "--currency", "EUR"});
  EXPECT_THAT(shown, HasSubstr("9.99 EUR  12.99 EUR"));
  EXPECT_THAT(done({"reprice", "123", "MUG", "899", "--currency", "EUR", "--line", "L"}),
              HasSubstr("8.99 EUR  13.99 EUR"));
  EXPECT_THAT(done({"reprice", "123", "MUG", "799", "--currency", "EUR", "--options", R"({"size":"L"})"}),
              HasSubstr("7.99 EUR  14.99 EUR"));
  EXPECT_THAT(done({"reprice", "123", "PEN", "1", "--currency", "EUR"}), Not(HasSubstr("PEN"))) << "no such line";
}

}  // namespace
}  // namespace cartd::test
