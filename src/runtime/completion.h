// A completion handler of any type, kept while its owner waits for an event, and called once.
// (Boost.Asio has such a type only from 1.82 on.)
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>

namespace cartd {

/// Movable; allocates nothing. A handler that is never called is destroyed, and with it the coroutine that waits.
template <class... Args>
class Completion {
 public:
  Completion() = default;
  /// `handler` has an executor, which it keeps busy while it waits: a suspended coroutine (use_awaitable) has and does.
  template <class Handler>
  requires(!std::is_same_v<Handler, Completion>) explicit Completion(Handler handler) : actions_(&actions_of<Handler>) {
    static_assert(sizeof(Handler) <= sizeof(room_) && alignof(Handler) <= alignof(void*));
    static_assert(std::is_nothrow_move_constructible_v<Handler>);
    static_assert(!std::is_same_v<boost::asio::associated_executor_t<Handler>, boost::asio::system_executor>);
    ::new (static_cast<void*>(room_)) Handler(std::move(handler));
  }
  Completion(Completion&& other) noexcept { take(other); }
  Completion& operator=(Completion&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~Completion() { reset(); }

  explicit operator bool() const { return actions_ != nullptr; }

  /// Where the handler is to be called. Only when it is not empty.
  boost::asio::any_io_executor executor() const { return actions_->executor(room_); }

  /// Once, and only when it is not empty; empty afterwards. Calls the handler, which may do anything meanwhile,
  /// destroying whatever holds this included. To be called in the handler's executor.
  void call(Args... args) { std::exchange(actions_, nullptr)->call(room_, std::move(args)...); }
  /// The same in a later turn of the handler's executor: nothing runs inside.
  void post(Args... args) { std::exchange(actions_, nullptr)->post(room_, std::move(args)...); }

 private:
  struct Actions {
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void* room) noexcept;
    void (*call)(void* room, Args... args);
    void (*post)(void* room, Args... args);
    boost::asio::any_io_executor (*executor)(const void* room);
  };

  template <class Handler>
  static Handler take_out(void* room) {
    auto* const kept = std::launder(static_cast<Handler*>(room));
    Handler handler(std::move(*kept));
    std::destroy_at(kept);
    return handler;
  }

  template <class Handler>
  static constexpr Actions actions_of{
      [](void* from, void* to) noexcept { ::new (to) Handler(take_out<Handler>(from)); },
      [](void* room) noexcept { std::destroy_at(std::launder(static_cast<Handler*>(room))); },
      [](void* room, Args... args) { take_out<Handler>(room)(std::move(args)...); },
      [](void* room, Args... args) {
        Handler handler = take_out<Handler>(room);
        const auto executor = boost::asio::get_associated_executor(handler);
        boost::asio::post(executor,
                          [to_call = std::move(handler), values = std::tuple<Args...>(std::move(args)...)]() mutable {
                            std::apply(std::move(to_call), std::move(values));
                          });
      },
      [](const void* room) {
        const auto* const kept = std::launder(static_cast<const Handler*>(room));
        return boost::asio::any_io_executor(boost::asio::get_associated_executor(*kept));
      },
  };

  void take(Completion& other) noexcept {
    actions_ = std::exchange(other.actions_, nullptr);
    if (actions_ != nullptr) actions_->move(other.room_, room_);
  }
  void reset() noexcept {
    if (const Actions* const actions = std::exchange(actions_, nullptr)) actions->destroy(room_);
  }

  const Actions* actions_ = nullptr;
  alignas(void*) std::byte room_[2 * sizeof(void*)];
};

}  // namespace cartd
