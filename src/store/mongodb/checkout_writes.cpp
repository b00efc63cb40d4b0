#include "store/mongodb/checkout_writes.h"

#include "store/mongodb/access.h"
#include "store/mongodb/cart_document.h"
#include "store/mongodb/checkout_document.h"

#include <algorithm>
#include <utility>

namespace cartd::mongodb {

bool CheckoutWrites::are_needed(const RecordEdits& edits) {
  return !edits.checkout_contents.empty() || !edits.dropped_checkouts.empty();
}

// Whatever became of a document that no cart names yet, the change was not made.
boost::asio::awaitable<Result<Answer>> CheckoutWrites::ask_in_time(Operation operation) {
  Result<Answer> answer = co_await ask(database_, calls_, std::move(operation), request_.deadline);
  if (!answer && answer.error().code == Errc::outcome_unknown)
    co_return Error{Errc::unavailable, "the database does not answer in time; nothing was done"};
  co_return answer;
}

boost::asio::awaitable<Result<bool>> CheckoutWrites::prepare() {
  std::vector<std::string> to_confirm;
  if (request_.base->token != 0) {
    Operation find = find_counting_checkouts(request_.cart);
    const Result<Answer> found = co_await ask_in_time(std::move(find));
    if (!found) co_return found.error();
    if (found->found.empty()) co_return false;
    const auto counting = counting_checkouts_from(found->found.front());
    if (!counting) co_return counting.error();
    if (counting->token != request_.base->token) co_return false;
    for (const CheckoutEdit& edit : request_.edits.checkout_contents)
      if (const auto token = counting->of(edit.id)) superseded_.push_back(checkout_document_id(edit.id, *token));
    // Those of which the cart forgets that they count.
    for (const CheckoutId& id : request_.edits.dropped_checkouts)
      if (const auto token = counting->of(id)) to_confirm.push_back(checkout_document_id(id, *token));
  }
  for (const std::string& id : to_confirm) {
    if (std::ranges::find(superseded_, id) != superseded_.end()) continue;
    Operation confirm = confirm_order(id);
    const Result<Answer> confirmed = co_await ask_in_time(std::move(confirm));
    if (!confirmed) co_return confirmed.error();
  }
  for (const CheckoutEdit& edit : request_.edits.checkout_contents) {
    if (!edit.content) continue;
    Operation insert = insert_checkout(*edit.content, token_);
    written_.push_back(checkout_document_id(edit.id, token_));
    const Result<Answer> inserted = co_await ask_in_time(std::move(insert));
    if (inserted) continue;
    failed();
    co_return inserted.error();
  }
  co_return true;
}

void CheckoutWrites::succeeded() {
  // Only orders are confirmed.
  for (const std::string& id : written_) ask_in_passing(database_, confirm_order(id));
  if (!superseded_.empty()) ask_in_passing(database_, erase_checkouts(superseded_));
}

void CheckoutWrites::failed() {
  if (!written_.empty()) ask_in_passing(database_, erase_checkouts(written_));
}

}  // namespace cartd::mongodb
