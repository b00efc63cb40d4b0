// The search for an order, on a register that is written and read.
#include "chaos/checker/order_search.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

struct RegisterModel {
  struct Step {
    bool reads = false;
    int value = 0;
  };
  using State = int;

  static std::optional<int> next(const Step& step, int value) {
    if (!step.reads) return step.value;
    return step.value == value ? std::optional(value) : std::nullopt;
  }
  static bool is_read(const Step& step) { return step.reads; }
  static bool is_past(const Step&, int) { return false; }
  static std::string key(int value) { return std::to_string(value); }
};

using Events = std::vector<Event<RegisterModel::Step>>;

Event<RegisterModel::Step> write(int value, int start, int end) {
  return {.start = Moment(start), .end = Moment(end), .step = {false, value}};
}
Event<RegisterModel::Step> read(int value, int start, int end) {
  return {.start = Moment(start), .end = Moment(end), .step = {true, value}};
}
Event<RegisterModel::Step> maybe(int value, int start) {
  return {.start = Moment(start), .end = Moment::max(), .certain = false, .step = {false, value}};
}

Explained explained(const Events& events, std::size_t budget = 1000) {
  return OrderSearch<RegisterModel>(events, budget).run().explained;
}

TEST(OrderSearchTest, WritesAtTheSameTimeMayComeInAnyOrder) {
  EXPECT_EQ(explained({write(1, 0, 10), write(2, 0, 10), read(1, 20, 21)}), Explained::yes);
  EXPECT_EQ(explained({write(1, 0, 10), write(2, 0, 10), read(2, 20, 21)}), Explained::yes);
  EXPECT_EQ(explained({write(1, 0, 10), write(2, 0, 10), read(3, 20, 21)}), Explained::no);
}

TEST(OrderSearchTest, AnOperationThatEndedFirstComesFirst) {
  EXPECT_EQ(explained({write(1, 0, 1), write(2, 5, 6), read(2, 20, 21)}), Explained::yes);
  EXPECT_EQ(explained({write(1, 0, 1), write(2, 5, 6), read(1, 20, 21)}), Explained::no);
}

TEST(OrderSearchTest, ReadsAfterEachOtherDoNotGoBack) {
  EXPECT_EQ(explained({write(1, 0, 100), read(0, 10, 11), read(1, 20, 21)}), Explained::yes);
  EXPECT_EQ(explained({write(1, 0, 100), read(1, 10, 11), read(0, 20, 21)}), Explained::no);
}

TEST(OrderSearchTest, AnUncertainWriteMayComeLateOrNever) {
  EXPECT_EQ(explained({maybe(1, 0), write(2, 5, 6), read(2, 20, 21)}), Explained::yes);
  EXPECT_EQ(explained({maybe(1, 0), write(2, 5, 6), read(2, 20, 21), read(1, 30, 31)}), Explained::yes);
  EXPECT_EQ(explained({maybe(1, 0), write(2, 5, 6), read(1, 20, 21), read(2, 30, 31)}), Explained::no);
  EXPECT_EQ(explained({maybe(1, 30), read(1, 20, 21)}), Explained::no);
}

TEST(OrderSearchTest, AnAnswerComesAfterItsOwnWrite) {
  Events events{write(1, 0, 10), read(0, 0, 10)};
  EXPECT_EQ(explained(events), Explained::yes);
  events[1].after = 0;
  EXPECT_EQ(explained(events), Explained::no);
}

TEST(OrderSearchTest, TheEventThatCannotBeExplainedIsNamed) {
  const Explanation found =
      OrderSearch<RegisterModel>({write(1, 0, 1), read(1, 2, 3), read(2, 4, 5), read(1, 6, 7)}).run();
  EXPECT_EQ(found.explained, Explained::no);
  EXPECT_EQ(found.stuck_at, 2u);
}

TEST(OrderSearchTest, ASearchThatTakesTooLongIsUndecided) {
  Events events{read(99, 100, 101)};
  for (int i = 0; i < 12; ++i) events.push_back(write(i, 0, 10));
  EXPECT_EQ(explained(events, 50), Explained::undecided);
}

}  // namespace
}  // namespace cartd::test
