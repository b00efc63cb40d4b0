// Pages of an owner's carts in the database.
#include "store/mongodb/access.h"
#include "store/mongodb/mongodb_cart_store.h"
#include "store/mongodb/owner_documents.h"

#include <utility>

namespace cartd {

using namespace mongodb;

boost::asio::awaitable<Result<OwnedPage>> MongodbCartStore::carts_of(OwnedRequest request) {
  Operation find = find_carts_of(request, now());
  const auto answer = co_await ask(store_.database(), calls_, std::move(find), request.deadline);
  if (!answer) co_return answer.error();
  OwnedPage page;
  std::size_t seen = 0;
  for (const Document& document : answer->found) {
    if (seen++ == request.most) co_return page;
    if (auto place = place_in(document)) page.next = std::move(place);
    if (auto cart = owned_cart_from(document)) page.carts.push_back(std::move(*cart));
  }
  page.next.reset();
  co_return page;
}

}  // namespace cartd
