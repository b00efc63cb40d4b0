#include "runtime/spawn.h"

#include "runtime/defect.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace cartd {

void spawn(boost::asio::any_io_executor executor, const char* name, boost::asio::awaitable<void> task) {
  const auto ended = [name](const std::exception_ptr& thrown) {
    if (thrown) end_on_exception(name, thrown);
  };
  boost::asio::co_spawn(executor, std::move(task), ended);
}

}  // namespace cartd
