#include "journal/answers.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <iterator>

namespace cartd::journal {

void resume_all(std::vector<Answered> answered) {
  while (!answered.empty()) {
    const boost::asio::any_io_executor executor = answered.front().first.executor();
    const auto elsewhere = std::stable_partition(answered.begin(), answered.end(),
                                                 [&](const Answered& one) { return one.first.executor() == executor; });
    std::vector<Answered> here(std::make_move_iterator(answered.begin()), std::make_move_iterator(elsewhere));
    answered.erase(answered.begin(), elsewhere);
    boost::asio::post(executor, [here = std::move(here)]() mutable {
      for (auto& [waiter, result] : here) waiter.call(std::move(result));
    });
  }
}

}  // namespace cartd::journal
