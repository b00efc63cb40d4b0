#include "redis/topology/sentinels.h"

#include "runtime/event.h"
#include "runtime/scope_exit.h"
#include "runtime/spawn.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <set>
#include <utility>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

// Sentinels that there may be: a deployment has a few, however many a false one names.
constexpr std::size_t most_ids = 2 * Deployment::most_seeds;

LinkOptions sentinel_link(const ClientOptions& options) {
  LinkOptions link = options.link;
  link.password_optional = true;
  // A Sentinel is asked again soon; there is no point in staying away for long.
  link.backoff_max = std::min(link.backoff_max, options.sentinel_interval);
  link.most_reply_bytes = std::size_t{1} << 20;
  return link;
}

// An error reply in our own words.
std::string explain(std::string_view error) {
  if (error.starts_with("ERR unknown command")) return "the server is not a Sentinel";
  if (error.starts_with("ERR No such master")) return "the Sentinels know no master of that name";
  if (error.starts_with("NOPERM")) return "the Sentinel's user is not permitted to ask for the primary";
  if (error.starts_with("NOAUTH")) return "the Sentinel requires a password";
  return "a Sentinel answered an error";
}

}  // namespace

struct Sentinels::Sentinel {
  Sentinel(const asio::any_io_executor& executor, Url at, const LinkOptions& options, bool seed)
      : url(at), link(executor, std::move(at), options, nullptr), is_seed(seed) {}

  const Url url;
  Link link;
  const bool is_seed;
  std::string id{};
};

// A question to all of them at once. Kept by those who still wait for an answer to it.
struct Sentinels::Poll {
  explicit Poll(const asio::any_io_executor& executor) : answered(executor) {}

  std::vector<SentinelReport> reports{};
  std::string why{};
  std::size_t missing = 0;
  Event answered;

  // Everything that find() needs.
  static asio::awaitable<void> ask(std::shared_ptr<Poll> poll, std::shared_ptr<Sentinel> sentinel, std::string master,
                                   Time deadline) {
    const ScopeExit is_done([&] { poll->done(); });
    SentinelReport report;
    std::string why;
    Request address{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master};
    Request state{"SENTINEL", "MASTER", master};
    Request others{"SENTINEL", "SENTINELS", master};
    Request id{"SENTINEL", "MYID"};
    // The epoch first: seen together with an address that is newer, it is at worst too old.
    const auto state_reply = co_await sentinel->link.send(std::move(state), deadline);
    if (!state_reply) {
      const std::string of_link = sentinel->link.last_error();
      why = of_link.empty() ? "a Sentinel does not answer" : of_a_sentinel(of_link);
    } else if (state_reply->view().is_error()) {
      why = explain(state_reply->view().text());
    } else {
      report.epoch = read_config_epoch(state_reply->view());
      const auto address_reply = co_await sentinel->link.send(std::move(address), deadline);
      if (address_reply) report.primary = read_primary_address(address_reply->view());
      const auto others_reply = co_await sentinel->link.send(std::move(others), deadline);
      if (others_reply) report.others = read_other_sentinels(others_reply->view());
      const auto id_reply = co_await sentinel->link.send(std::move(id), deadline);
      if (id_reply) sentinel->id = report.id = read_sentinel_id(id_reply->view());
      if (!report.primary) why = "a Sentinel names no primary";
    }
    if (why.empty()) {
      poll->reports.push_back(std::move(report));
    } else {
      poll->why = why;
    }
  }

  // The rest is for majority_names().
  static asio::awaitable<void> ask_address(std::shared_ptr<Poll> poll, std::shared_ptr<Sentinel> sentinel,
                                           std::string master, Time deadline) {
    const ScopeExit is_done([&] { poll->done(); });
    Request address{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", master};
    const auto reply = co_await sentinel->link.send(std::move(address), deadline);
    if (reply) poll->reports.push_back({sentinel->id, read_primary_address(reply->view())});
  }

  // Also of a question that ends with its loop: who waits for it holds the poll, and would be held by it for ever.
  void done() {
    --missing;
    answered.raise();
  }
};

Sentinels::Sentinels(asio::any_io_executor executor, const Deployment& deployment, const ClientOptions& options)
    : executor_(std::move(executor)), master_(deployment.master), entry_(deployment.seeds.front()), options_(options) {
  for (const Url& seed : deployment.seeds) add(seed, true);
}

Sentinels::~Sentinels() { stop(); }

void Sentinels::add(Url url, bool is_seed) {
  sentinels_.push_back(std::make_shared<Sentinel>(executor_, std::move(url), sentinel_link(options_), is_seed));
  if (started_) sentinels_.back()->link.start();
}

void Sentinels::start() {
  started_ = true;
  for (const auto& sentinel : sentinels_) sentinel->link.start();
}

void Sentinels::stop() {
  for (const auto& sentinel : sentinels_) sentinel->link.stop();
}

std::size_t Sentinels::known() const {
  const auto seeds =
      std::count_if(sentinels_.begin(), sentinels_.end(), [](const auto& sentinel) { return sentinel->is_seed; });
  return std::max(ids_.size(), static_cast<std::size_t>(seeds));
}

std::size_t Sentinels::answering() const {
  const Time now = Clock::now();
  const auto answers = [&](const auto& sentinel) {
    const std::optional<Time> unanswered = sentinel->link.unanswered_since();
    return sentinel->link.state() == LinkState::up && (!unanswered || now - *unanswered <= options_.discovery_timeout);
  };
  return static_cast<std::size_t>(std::count_if(sentinels_.begin(), sentinels_.end(), answers));
}

asio::awaitable<boost::system::result<Endpoint, std::string>> Sentinels::find() {
  const auto poll = std::make_shared<Poll>(executor_);
  const Time deadline = Clock::now() + options_.discovery_timeout;
  poll->missing = sentinels_.size();
  for (const auto& sentinel : sentinels_)
    spawn(executor_, "asking a Sentinel", Poll::ask(poll, sentinel, master_, deadline));
  // One that hangs need not be waited for, once most have spoken.
  while (poll->missing > 0 &&
         !is_majority(poll->reports.size(), std::max(known(), all_sentinels(poll->reports).size()))) {
    co_await poll->answered.wait(Time::max());
  }
  using Found = boost::system::result<Endpoint, std::string>;
  const std::optional<Endpoint> primary = choose_primary(poll->reports);
  if (!primary) co_return Found(boost::system::in_place_error, poll->why);
  learn(poll->reports);
  co_return *primary;
}

void Sentinels::learn(const std::vector<SentinelReport>& reports) {
  std::set<std::string> all = all_sentinels(reports);
  // A few that were cut off, or are new, must not make themselves a majority: only most of all can say that one is
  // gone.
  if (!is_majority(reports.size(), known())) all.insert(ids_.begin(), ids_.end());
  while (all.size() > most_ids) all.erase(std::prev(all.end()));
  ids_ = std::move(all);
  const auto is_gone = [&](const auto& sentinel) {
    return !sentinel->is_seed && !sentinel->id.empty() && !ids_.contains(sentinel->id);
  };
  for (const auto& sentinel : sentinels_) {
    if (is_gone(sentinel)) sentinel->link.stop();
  }
  std::erase_if(sentinels_, is_gone);
  for (const SentinelReport& report : reports) {
    for (const auto& [id, endpoint] : report.others) {
      const bool is_known =
          std::any_of(sentinels_.begin(), sentinels_.end(), [&, &id = id, &endpoint = endpoint](const auto& sentinel) {
            return sentinel->id == id || (sentinel->url.host == endpoint.host && sentinel->url.port == endpoint.port);
          });
      if (is_known || sentinels_.size() >= most_ids) continue;
      Url url = entry_;
      url.host = endpoint.host;
      url.port = endpoint.port;
      add(std::move(url), false);
    }
  }
}

asio::awaitable<bool> Sentinels::majority_names(Endpoint server) {
  const auto poll = std::make_shared<Poll>(executor_);
  const Time deadline = Clock::now() + options_.discovery_timeout;
  poll->missing = sentinels_.size();
  for (const auto& sentinel : sentinels_)
    spawn(executor_, "asking a Sentinel for the primary", Poll::ask_address(poll, sentinel, master_, deadline));
  for (;;) {
    // By their ids: two links may lead to one Sentinel.
    std::set<std::string> votes;
    for (const SentinelReport& report : poll->reports) {
      if (!report.id.empty() && report.primary == server) votes.insert(report.id);
    }
    if (is_majority(votes.size(), known())) co_return true;
    if (poll->missing == 0) co_return false;
    co_await poll->answered.wait(Time::max());
  }
}

}  // namespace cartd::redis
