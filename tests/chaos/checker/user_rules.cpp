#include "chaos/checker/user_rules.h"

#include "chaos/checker/order_search.h"
#include "chaos/checker/text.h"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace cartd::test {
namespace {

struct UserStep {
  const UserExchange* write = nullptr;
  const UserFields* seen = nullptr;
};

struct UserModel {
  using State = UserFields;
  using Step = UserStep;

  static std::optional<UserFields> next(const UserStep& step, UserFields user) {
    if (step.seen) return *step.seen == user ? std::optional(user) : std::nullopt;
    if (step.write->op != UserOp::patch) user.clear();
    for (const auto& [name, value] : step.write->fields) {
      if (value) user[name] = *value;
      else user.erase(name);
    }
    return user;
  }

  static bool is_read(const UserStep& step) { return !step.write; }
  static bool is_past(const UserStep&, const UserFields&) { return false; }

  static std::string key(const UserFields& user) {
    std::string text;
    for (const auto& [name, value] : user) text += name + "\t" + value + "\n";
    return text;
  }
};

using Exchanges = std::vector<const UserExchange*>;

void check_order(const std::string& user, const Exchanges& exchanges, const std::vector<UserFields>& finals,
                 CheckResult& result) {
  std::vector<Event<UserStep>> events;
  std::vector<std::string> texts;
  for (const UserExchange* exchange : exchanges) {
    if (exchange->outcome == Outcome::refused) continue;
    const bool certain = exchange->outcome == Outcome::acknowledged;
    const std::string text = std::string(to_string(exchange->op)) + " of client " + std::to_string(exchange->client) +
                             " at " + seconds(exchange->end);
    std::optional<std::size_t> write;
    if (exchange->op != UserOp::read) {
      write = events.size();
      events.push_back({.start = exchange->start,
                        .end = certain ? exchange->end : Moment::max(),
                        .certain = certain,
                        .step = {.write = exchange}});
      texts.push_back("the " + text);
    }
    if (!exchange->seen) continue;
    events.push_back(
        {.start = exchange->start, .end = exchange->end, .step = {.seen = &*exchange->seen}, .after = write});
    texts.push_back("the answer to the " + text);
  }
  for (const UserFields& final : finals) {
    events.push_back({.start = Moment::max(), .end = Moment::max(), .step = {.seen = &final}});
    texts.emplace_back("the user in the end");
  }
  const Explanation found = OrderSearch<UserModel>(std::move(events)).run();
  if (found.explained == Explained::yes) ++result.summary.ordered;
  if (found.explained == Explained::undecided) ++result.summary.undetermined;
  if (found.explained == Explained::no)
    result.violations.push_back("user " + user +
                                ": no order of the writes explains every answer; the longest ends before " +
                                texts[found.stuck_at]);
}

/// Each field as somebody wrote it.
void check_values(const std::string& user, const Exchanges& exchanges, const std::vector<UserFields>& finals,
                  CheckResult& result) {
  const auto written = [&](const std::string& name, const std::string& value, Moment before) {
    for (const UserExchange* exchange : exchanges) {
      const auto field = exchange->fields.find(name);
      if (exchange->outcome != Outcome::refused && exchange->start <= before && field != exchange->fields.end() &&
          field->second == value)
        return true;
    }
    return false;
  };
  const auto check = [&](const UserFields& seen, Moment when, const std::string& where) {
    for (const auto& [name, value] : seen)
      if (!written(name, value, when))
        result.violations.push_back("user " + user + ": " + name + " is \"" + value + "\" " + where +
                                    ", and nobody wrote that");
  };
  for (const UserExchange* exchange : exchanges)
    if (exchange->seen) check(*exchange->seen, exchange->end, "at " + seconds(exchange->end));
  for (const UserFields& final : finals) check(final, Moment::max(), "in the end");
}

}  // namespace

void check_users(const std::vector<UserExchange>& exchanges, const std::vector<FinalUsers>& finals,
                 CheckOptions options, CheckResult& result) {
  std::map<std::string, Exchanges> users;
  const std::set<int> fitting{0, 200, 204, 404, 503, 504, 507};
  for (const UserExchange& exchange : exchanges) {
    users[exchange.user].push_back(&exchange);
    if (!fitting.contains(exchange.status))
      result.violations.push_back("user " + exchange.user + ": cartd " + std::to_string(exchange.server) +
                                  " answered " + std::to_string(exchange.status) + " to " + to_string(exchange.op));
  }
  result.summary.users = users.size();
  for (const auto& [user, list] : users) {
    std::vector<UserFields> shown;
    for (const FinalUsers& source : finals) {
      const auto found = source.users.find(user);
      shown.push_back(found == source.users.end() ? UserFields() : found->second);
    }
    if (options.store_may_roll_back) check_values(user, list, shown, result);
    else check_order(user, list, shown, result);
  }
}

}  // namespace cartd::test
