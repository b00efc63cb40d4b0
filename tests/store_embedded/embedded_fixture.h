// An embedded store in a folder of the test's own, with a loop that uses it.
#pragma once

#include "domain/generators.h"
#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "store/embedded/embedded_cart_store.h"
#include "store/embedded/embedded_store.h"
#include "store/embedded/embedded_user_store.h"
#include "store/execute.h"
#include "support/reactor_thread.h"
#include "support/seed.h"
#include "support/temp_dir.h"
#include "util/base64url.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

namespace cartd::test {

/// The machine's time, and what the test adds to it. Thread-safe.
class AdvancedClock final : public Clock {
 public:
  std::chrono::sys_time<std::chrono::microseconds> now() const override {
    return SystemClock().now() + std::chrono::microseconds(added_);
  }
  void advance(std::chrono::microseconds by) { added_ += by.count(); }

 private:
  std::atomic<std::int64_t> added_ = 0;
};

/// The value of a metric without labels.
inline double metric(const Metrics& metrics, const std::string& name) {
  const std::string text = "\n" + metrics.text();
  const auto found = text.find("\n" + name + " ");
  return found == std::string::npos ? -1 : std::stod(text.substr(found + name.size() + 2));
}

class EmbeddedTest : public testing::Test {
 protected:
  ~EmbeddedTest() override { close(); }

  void close() {
    loop_.call([this] {
      carts_.reset();
      users_.reset();
      return true;
    });
    store_.reset();
  }

  /// Opens the folder's store, again if it was open.
  void open() {
    close();
    const std::string fault = try_to_open();
    ASSERT_EQ(fault, "");
  }
  /// Why it cannot be opened; empty when it can.
  std::string refusal() {
    close();
    std::string fault = try_to_open();
    close();
    return fault;
  }

  Deadline soon() const { return Deadline::clock::now() + deadline_; }

  boost::asio::awaitable<Result<Applied>> apply(CartId cart, Change change) {
    const ApplyRequest request{std::move(cart), std::move(change), {producer_, ++sequence_}, Answer::full, soon()};
    co_return co_await execute(*carts_, request, policy_, clock_);
  }
  Result<Applied> change(std::string_view cart, Change change) {
    return loop_.run(apply(cart_id(cart), std::move(change)));
  }
  Result<Applied> add(std::string_view cart, std::int64_t quantity = 1) {
    return change(cart, Change{Batch{{Add{sku("A"), quantity}}}});
  }
  /// Metadata of about so many bytes, which no compressor makes much smaller.
  Result<Applied> write_large(std::string_view cart, std::size_t bytes) {
    std::string text(bytes, 'x');
    for (char& c : text) c = util::base64url_alphabet[random_() % util::base64url_alphabet.size()];
    return change(cart, Change{Annotate{"{\"a\":\"" + text + "\"}", {}}});
  }
  Result<CartRecord> load(std::string_view cart) {
    const auto loaded = loop_.run(carts_->load(cart_id(cart), soon()));
    return loaded ? Result<CartRecord>(loaded->snapshot->record) : loaded.error();
  }
  StoreState check() { return loop_.run(carts_->check(soon())); }
  double figure(const std::string& name) const { return metric(metrics_, "cartd_embedded_" + name); }

  TempDir parent_;
  std::filesystem::path folder_ = parent_.path() / "carts";
  AdvancedClock clock_;
  Metrics metrics_;
  Policy policy_;
  std::atomic<int> expired_ = 0;
  std::size_t cache_bytes_ = std::size_t{1} << 20;
  std::uint64_t least_space_ = 0;
  std::chrono::milliseconds deadline_ = std::chrono::minutes(1);
  ProducerId producer_ = 7;
  std::uint64_t sequence_ = 0;
  std::mt19937 random_{test_seed()};
  // Before the store: a loop outlives what resumes on it.
  ReactorThread loop_;
  std::unique_ptr<EmbeddedStore> store_;
  std::unique_ptr<EmbeddedCartStore> carts_;
  std::unique_ptr<EmbeddedUserStore> users_;

 private:
  std::string try_to_open() {
    EmbeddedStore::Options options{folder_, cache_bytes_, least_space_, [this] { ++expired_; }};
    auto opened = EmbeddedStore::open(std::move(options), clock_, metrics_);
    if (!opened) return opened.error();
    store_ = std::move(*opened);
    carts_ = std::make_unique<EmbeddedCartStore>(loop_.executor(), *store_);
    users_ = std::make_unique<EmbeddedUserStore>(loop_.executor(), *store_, policy_.limits);
    return {};
  }
};

}  // namespace cartd::test
