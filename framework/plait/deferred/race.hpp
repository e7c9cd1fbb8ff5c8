#pragma once

#include <plait/deferred/fire_on_one_callback.hpp>

namespace plait {

/// Who won a `race`, and the value it won with.
template <class T>
struct RaceResult {
  std::size_t index;
  T value;
};
template <>
struct RaceResult<void> {
  std::size_t index;
};

/// Gives the value of the first of several Deferreds to succeed, and its index; cancels the others.
/// When all fail, it fails with a FailureGroup, in the order of the list. Twisted: `race`.
///
///     auto [index, value] = co_await plait::race(std::vector{askThis(), askThat()});
///
/// The Deferreds are left with void; nothing of what becomes of the losers is logged. `cancel`
/// cancels all of them, which makes a FailureGroup too. An empty list never fires.
template <class T>
Deferred<RaceResult<T>> race(std::vector<Deferred<T>> deferreds,
                             std::source_location where = std::source_location::current()) {
  return detail::gather<detail::FirstCallbackHead<T>>(
             deferreds, DeferredListOptions{.consumeErrors = true}, true, where)
      .addCallback([](FirstCallback<T>&& first) {
        if constexpr (std::is_void_v<T>) {
          return RaceResult<void>{first.index};
        } else {
          return RaceResult<T>{first.index, std::move(first.value)};
        }
      });
}

}  // namespace plait
