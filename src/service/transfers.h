// Takes lines from one cart to another, in the three steps of domain/transfer.h, each at its cart's home. Whatever a
// crash, an outage or a second attempt leaves undone is finished by the next step that comes upon it.
//
// Threads: may be used on any reactor of the process; the answer comes on the caller's.
#pragma once

#include "domain/command.h"
#include "domain/transfer.h"
#include "service/merge_request.h"
#include "service/results.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cartd {

class Transfers {
 public:
  using Find = std::function<boost::asio::awaitable<Result<CartView>>(CartId)>;
  using ChangeCart = std::function<boost::asio::awaitable<Result<ChangeResult>>(CartId, Change, Detail)>;

  /// How a cart is read and changed at its home.
  Transfers(Find find, ChangeCart change) : find_(std::move(find)), change_(std::move(change)) {}

  /// Errors: those of CartService::change(); invalid (a cart with itself), not_found (no lines, or none of that name),
  /// version_mismatch (of the source).
  boost::asio::awaitable<Result<MergeResult>> merge(CartId target, MergeRequest request) const;

  /// The steps that a transfer which is under way still needs.
  boost::asio::awaitable<Result<void>> finish(CartId source, std::shared_ptr<const Transfer> transfer) const;

 private:
  struct Taken {
    CartView target;
    TransferOutcome outcome;
  };

  boost::asio::awaitable<Result<std::optional<MergeResult>>> try_once(
      CartId source, BeginTransfer first, std::optional<std::uint64_t> source_version) const;
  boost::asio::awaitable<Result<MergeResult>> done_meanwhile(CartId source, BeginTransfer wanted, Error refusal) const;
  boost::asio::awaitable<Result<std::shared_ptr<const Transfer>>> under_way(CartId source, ChangeResult begun) const;
  boost::asio::awaitable<Result<MergeResult>> go_on(CartId source, std::shared_ptr<const Transfer> transfer) const;
  boost::asio::awaitable<Result<Taken>> take(std::shared_ptr<const Transfer> transfer) const;
  boost::asio::awaitable<Result<MergeResult>> replay(CartId source, CartView target) const;

  Find find_;
  ChangeCart change_;
};

}  // namespace cartd
