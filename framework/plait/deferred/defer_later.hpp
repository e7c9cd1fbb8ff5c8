#pragma once

#include <plait/deferred/deferred.hpp>

namespace plait {

/// Fires `delay` from now.
///
///     co_await plait::deferLater(reactor, 1s);
///
/// Cancelling it cancels the timer. A negative delay is std::invalid_argument on a reactor.
/// Thread: the clock's only. Twisted: `task.deferLater` without a callable.
Deferred<void> deferLater(ReactorTime& clock, Duration delay,
                          std::source_location where = std::source_location::current());

namespace detail {

/// A coroutine, so that the function lives until its Deferred has fired: it may be one itself.
template <class T, class F, class... Args>
Deferred<T> callAfter(Deferred<void> delay, F function, Args... args) {
  co_await std::move(delay);
  using R = std::decay_t<std::invoke_result_t<F&, Args...>>;
  if constexpr (std::is_same_v<R, Deferred<T>>) {
    co_return co_await function(std::move(args)...);
  } else if constexpr (std::is_same_v<R, Result<T>>) {
    co_return function(std::move(args)...).value();
  } else {
    co_return function(std::move(args)...);
  }
}

}  // namespace detail

/// Calls `function(args...)` `delay` from now; gives what it returns. If that is a Deferred, gives
/// its result.
///
///     plait::deferLater(reactor, 5s, [this] { return reconnect(); });
///
/// Function and arguments are kept until the result is there, then destroyed. Cancelling cancels
/// the timer, and after that what the function's Deferred waits for. The call takes place though
/// nobody keeps the Deferred. A negative delay is std::invalid_argument on a reactor.
/// Thread: the clock's only. Twisted: `task.deferLater`.
template <class F, class... Args>
requires std::is_invocable_v<F&, Args...>
auto deferLater(ReactorTime& clock, Duration delay, F function, Args... args) {
  using R = std::decay_t<std::invoke_result_t<F&, Args...>>;
  return detail::callAfter<typename detail::Returned<R>::Value>(
      deferLater(clock, delay), std::move(function), std::move(args)...);
}

}  // namespace plait
