// A client on a loop of its own, used from the test's thread.
#pragma once

#include "link_under_test.h"
#include "redis/client.h"
#include "support/reactor_thread.h"
#include "support/wait_until.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace cartd::redis {

using Answered = boost::system::result<Answer, Failure>;

/// Short times, so that tests are quick; long enough for a loaded machine where nothing is meant to time out.
inline ClientOptions quick_client_options() {
  using namespace std::chrono_literals;
  ClientOptions options;
  options.link = quick_options();
  options.link.silence_timeout = 1000ms;
  options.link.connect_timeout = 1000ms;
  options.safety_interval = 20ms;
  options.sentinel_lag = 100ms;
  options.refusal = 20ms;
  options.retention = 300ms;
  options.discovery_gap = 20ms;
  options.sentinel_interval = 200ms;
  options.cluster_interval = 500ms;
  return options;
}

class ClientUnderTest final : public ClientObserver {
 public:
  explicit ClientUnderTest(const std::string& url, const ClientOptions& options = quick_client_options())
      : client_(std::make_unique<Client>(thread_.executor(), *parse_deployment(url), options, this)) {
    thread_.call([this] { client_->start(); });
  }
  ~ClientUnderTest() override {
    thread_.call([this] { client_.reset(); });
  }
  ClientUnderTest(const ClientUnderTest&) = delete;
  ClientUnderTest& operator=(const ClientUnderTest&) = delete;

  /// The answer to `request`, whose keys are in the slot of `key`, or the failure.
  Answered send(const std::string& key, Request request,
                std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    return start(key, std::move(request), patience)();
  }
  /// The same, without waiting: the function that comes back waits.
  std::function<Answered()> start(const std::string& key, Request request,
                                  std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    return thread_.start(client_->send(key, std::move(request), std::chrono::steady_clock::now() + patience));
  }

  bool serves(const std::string& key) {
    return thread_.call([this, &key] { return client_->serves(key); });
  }
  bool comes_to_serve(const std::string& key) {
    return test::wait_until([&] { return serves(key); }, std::chrono::minutes(1));
  }
  bool ceases_to_serve(const std::string& key) {
    return test::wait_until([&] { return !serves(key); }, std::chrono::minutes(1));
  }
  std::uint64_t epoch_of(const std::string& key) {
    return thread_.call([this, &key] { return client_->epoch_of(key); });
  }
  std::uint64_t durable_checkpoint(std::uint64_t epoch) {
    return thread_.call([this, epoch] { return client_->durable_checkpoint(epoch); });
  }
  bool becomes_safe(const WritePosition& position) {
    return test::wait_until([&] { return durable_checkpoint(position.epoch) >= position.checkpoint; },
                            std::chrono::minutes(1));
  }
  std::string last_error(const std::string& key) {
    return thread_.call([this, &key] { return client_->last_error(key); });
  }
  std::vector<std::string> keys() {
    return thread_.call([this] { return client_->key_of_each_primary("k"); });
  }
  ClientStatus status() {
    return thread_.call([this] { return client_->status(); });
  }
  void stop() {
    thread_.call([this] { client_->stop(); });
  }
  bool is_up() const { return state_ == LinkState::up; }
  std::vector<std::pair<LinkState, std::string>> states() {
    const std::lock_guard lock(mutex_);
    return states_;
  }
  bool found_cluster() const { return found_cluster_; }

 private:
  void on_state(LinkState state, const std::string& why) override {
    state_ = state;
    const std::lock_guard lock(mutex_);
    states_.emplace_back(state, why);
  }
  void on_cluster_found() override { found_cluster_ = true; }

  test::ReactorThread thread_;
  std::atomic<LinkState> state_ = LinkState::connecting;
  std::atomic<bool> found_cluster_ = false;
  std::mutex mutex_;
  std::vector<std::pair<LinkState, std::string>> states_;
  std::unique_ptr<Client> client_;
};

/// The text of a good reply; an error reply as "-…"; otherwise what went wrong, in angle brackets.
inline std::string text(const Answered& answer) {
  if (answer) return (answer->reply.view().is_error() ? "-" : "") + std::string(answer->reply.view().text());
  return answer.error().kind == Failure::Kind::not_sent ? "<not sent: " + answer.error().why + ">"
                                                        : "<unknown: " + answer.error().why + ">";
}
inline bool failed(const Answered& answer, Failure::Kind kind) {
  return answer.has_error() && answer.error().kind == kind;
}

}  // namespace cartd::redis
