#include "runtime/reactor.h"

#include <functional>

namespace cartd {
namespace {
thread_local const Reactor* current = nullptr;
}

bool Reactor::is_current() const { return current == this; }

void Reactor::run() {
  current = this;
  io_.run();
  current = nullptr;
}

Reactors::Reactors(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) reactors_.push_back(std::make_unique<Reactor>());
}

Reactors::~Reactors() { stop(); }

std::size_t Reactors::home(std::string_view id) const { return std::hash<std::string_view>{}(id) % reactors_.size(); }

void Reactors::start() {
  for (auto& reactor : reactors_) {
    guards_.emplace_back(reactor->io().get_executor());
    threads_.emplace_back([&loop = *reactor] { loop.run(); });
  }
}

void Reactors::stop() {
  guards_.clear();
  for (auto& reactor : reactors_) reactor->io().stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace cartd
