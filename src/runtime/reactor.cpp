#include "runtime/reactor.h"

#include <functional>
#include <stdexcept>

namespace cartd {
namespace {
thread_local Reactor* of_thread = nullptr;
}

Reactor& Reactor::current() {
  if (of_thread == nullptr) throw std::logic_error("this thread runs no reactor");
  return *of_thread;
}

bool Reactor::is_current() const { return of_thread == this; }

void Reactor::run() {
  of_thread = this;
  io_.run();
  of_thread = nullptr;
}

void Reactor::abandon() {
  mailbox_.clear();
  io_.shutdown();
}

Reactors::Reactors(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) reactors_.push_back(std::make_unique<Reactor>());
}

Reactors::~Reactors() {
  stop();
  // A coroutine that is destroyed on one reactor may have one of another reactor wait for it, which is queued there to
  // be destroyed: so no reactor goes before that is done. The rounds allow for calls made within calls.
  constexpr int rounds = 3;
  for (int i = 0; i < rounds; ++i)
    for (const auto& reactor : reactors_) reactor->abandon();
}

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
