// What a commit does with the documents of checkouts before and after it writes the cart.
#pragma once

#include "domain/edits.h"
#include "domain/error.h"
#include "store/cart_store.h"
#include "store/mongodb/database.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cartd::mongodb {

class CheckoutWrites {
 public:
  /// `database` and `request` outlive it. `token` is the new record's.
  CheckoutWrites(Database& database, std::shared_ptr<Calls> calls, const CommitRequest& request, Token token)
      : database_(database), calls_(std::move(calls)), request_(request), token_(token) {}

  /// Whether the edits say anything of checkouts.
  static bool are_needed(const RecordEdits& edits);

  /// Writes the documents that are to count from now on, so that they only have to be named by the cart. False: the
  /// base is not the cart's state any more, and nothing need be tried. Errc::unavailable: surely nothing was done.
  boost::asio::awaitable<Result<bool>> prepare();

  /// After the cart was written.
  void succeeded();
  /// The cart was surely not written.
  void failed();

 private:
  boost::asio::awaitable<Result<Answer>> ask_in_time(Operation operation);

  Database& database_;
  const std::shared_ptr<Calls> calls_;
  const CommitRequest& request_;
  const Token token_;
  std::vector<std::string> written_{};     ///< Documents of this commit …
  std::vector<std::string> superseded_{};  ///< … and those that do not count any more after it.
};

}  // namespace cartd::mongodb
