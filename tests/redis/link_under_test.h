// A link on a loop of its own, used from the test's thread.
#pragma once

#include "redis/connection/link.h"
#include "support/reactor_thread.h"
#include "support/wait_until.h"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cartd::redis {

using Outcome = boost::system::result<Reply, Failure>;

/// Short times, so that tests are quick; long enough for a loaded machine.
inline LinkOptions quick_options() {
  using namespace std::chrono_literals;
  return {.client_name = "test",
          .connect_timeout = 5000ms,
          .silence_timeout = 5000ms,
          .heartbeat = 60'000ms,
          .backoff_initial = 5ms,
          .backoff_max = 50ms};
}

class LinkUnderTest final : public LinkObserver {
 public:
  explicit LinkUnderTest(const std::string& url, const LinkOptions& options = quick_options())
      : link_(std::make_unique<Link>(thread_.executor(), *parse_url(url), options, this)) {
    thread_.call([this] { link_->start(); });
  }
  ~LinkUnderTest() override {
    thread_.call([this] { link_.reset(); });
  }
  LinkUnderTest(const LinkUnderTest&) = delete;
  LinkUnderTest& operator=(const LinkUnderTest&) = delete;

  /// The reply to `request`, or the failure.
  Outcome send(Request request, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    return start(std::move(request), patience)();
  }

  /// The same, without waiting: the function that comes back waits.
  std::function<Outcome()> start(Request request, std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    return thread_.start(link_->send(std::move(request), std::chrono::steady_clock::now() + patience));
  }

  void stop() {
    thread_.call([this] { link_->stop(); });
  }
  LinkState state() {
    return thread_.call([this] { return link_->state(); });
  }
  std::string last_error() {
    return thread_.call([this] { return link_->last_error(); });
  }
  bool becomes(LinkState state) {
    return test::wait_until([&] { return this->state() == state; });
  }

  /// What the observer was told so far.
  std::vector<std::pair<LinkState, std::string>> epoch() {
    const std::lock_guard lock(mutex_);
    return epoch_;
  }

  /// How often the link came up so far.
  std::size_t times_up() {
    std::size_t times = 0;
    for (const auto& [state, why] : epoch()) times += state == LinkState::up ? 1 : 0;
    return times;
  }

  test::ReactorThread& thread() { return thread_; }
  Link& link() { return *link_; }

 private:
  void on_state(LinkState state, const std::string& why) override {
    const std::lock_guard lock(mutex_);
    epoch_.emplace_back(state, why);
  }

  test::ReactorThread thread_;
  std::mutex mutex_;
  std::vector<std::pair<LinkState, std::string>> epoch_;
  std::unique_ptr<Link> link_;
};

/// The text of a good reply; otherwise what went wrong, in angle brackets.
inline std::string text(const Outcome& outcome) {
  if (outcome) return std::string(outcome->view().text());
  return outcome.error().kind == Failure::Kind::not_sent ? "<not sent: " + outcome.error().why + ">"
                                                         : "<unknown: " + outcome.error().why + ">";
}

/// True for a failure of this kind.
inline bool failed(const Outcome& outcome, Failure::Kind kind) {
  return outcome.has_error() && outcome.error().kind == kind;
}

}  // namespace cartd::redis
