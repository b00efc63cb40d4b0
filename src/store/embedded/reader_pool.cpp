#include "store/embedded/reader_pool.h"

namespace cartd::embedded {

ReaderPool::ReaderPool(const Database& database, std::size_t threads) : database_(database) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

ReaderPool::~ReaderPool() {
  queue_.stop();
  for (std::thread& thread : threads_) thread.join();
}

void ReaderPool::run() {
  while (queue_.wait()) {
    for (const ReadPtr& read : queue_.take([](const Read&) { return false; })) {
      if (read->range_request) read->range = database_.range(*read->range_request);
      else read->lookup = database_.get(read->key, Reach::disk);
      read->calls->done({read->number});
    }
  }
}

}  // namespace cartd::embedded
