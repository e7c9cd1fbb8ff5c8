#pragma once

#include <coroutine>
#include <plait/core/reactor_time.hpp>
#include <plait/deferred/chain.hpp>
#include <plait/deferred/errors.hpp>
#include <plait/deferred/links.hpp>
#include <plait/deferred/result.hpp>

namespace plait {

namespace detail {
template <class T>
class Head;
template <class T, class Canceller>
class CancellableHead;
template <class T>
class CoroutinePromise;
template <class T>
class Awaiter;
template <class T>
Result<T> cancelledToTimedOut(Result<T> result, Duration timeout);
template <class C, class T>
concept CancellerOf = requires(C& canceller, Deferred<T>& deferred) {
  canceller(deferred);
};
}  // namespace detail

/// A result that may come later: a value of type T, or a Failure. Twisted: `Deferred`.
///
///     plait::Deferred<int> answer;             // the producer makes it, keeps a copy, returns it
///     answer.addCallback([](int n) { return n / 2; })
///         .addErrback([](const plait::Failure&) { return 0; })
///         .addCallback([](int n) { fmt::print("{}\n", n); });
///     answer.callback(42);                     // prints 21
///
/// A handle, cheap to copy: copies are the same Deferred. Its producer calls `callback` or
/// `errback`, once. Its consumers add functions, which run in the order of addition, at once if the
/// result is there already: each is given what the one before it returned, or the Failure it threw
/// or returned. A function that returns a Deferred makes those behind it wait for that one's
/// result. So the type changes along the chain: every `add...` returns the handle to go on with.
/// An older handle still serves as long as its type is the current one; else adding to it is
/// std::logic_error.
///
/// Functions take the value by `T`, `T&&`, `const T&` or not at all.
///
/// A failure that no function has handled when the last handle goes is logged as "Unhandled error
/// in Deferred" at level `critical` in `standardLog()`, with the place where the Deferred was made.
///
/// A function that returns a Deferred may be a coroutine, and `co_await` a Deferred: see
/// README.md of this room, also for the traps. Twisted: `inlineCallbacks`.
///
/// Costs one allocation, and one more for each link. Thread: that of the reactor it is used with.
template <class T>
class Deferred {
  static_assert(!std::is_reference_v<T>, "a Deferred has a value or void, not a reference");
  static_assert(!std::is_const_v<T>, "a Deferred gives its value away, so that is not const");
  static_assert(!std::is_same_v<T, Failure>, "failing needs no type of its own");
  static_assert(!detail::isDeferred<T>,
                "a Deferred of a Deferred: return the inner one from a callback instead");

 public:
  using value_type = T;
  using promise_type = detail::CoroutinePromise<T>;

  explicit Deferred(std::source_location where = std::source_location::current());
  /// `canceller(Deferred<T>&)` is asked by `cancel` to end the work. It may give a result; if it
  /// does not, `cancel` gives CancelledError.
  template <detail::CancellerOf<T> Canceller>
  explicit Deferred(Canceller canceller,
                    std::source_location where = std::source_location::current());

  // --- The producer's side -------------------------------------------------------------

  /// Gives the value; runs the functions there are. A second result is AlreadyCalledError, except
  /// that the first one after a `cancel` without canceller is ignored.
  template <class U = T>
  requires(!std::is_void_v<T> && std::is_convertible_v<U&&, T> &&
           !detail::isWrapped<T, std::decay_t<U>> && !std::is_same_v<std::decay_t<U>, Failure> &&
           !std::is_same_v<std::decay_t<U>, Result<T>>) void callback(U&& value);
  void callback() requires std::is_void_v<T>;
  /// Gives whichever it is.
  void callback(Result<T> result);
  /// The same as `errback`.
  void callback(Failure failure) { errback(std::move(failure)); }
  /// Gives a failure.
  void errback(Failure failure);
  /// The exception that is being handled.
  void errback() { errback(Failure()); }

  // --- The consumer's side -------------------------------------------------------------

  // On a temporary, its handle becomes the one that is returned: in
  // `co_await f().addCallback(g)` no other is left to keep what is awaited.

  /// `function(T)` is for the value; failures pass by.
  template <class F>
  auto addCallback(F function) const& {
    return linkCallback(chain_, std::move(function));
  }
  template <class F>
  auto addCallback(F function) && {
    return linkCallback(std::move(chain_), std::move(function));
  }
  /// `function(Failure)` is for a failure; values pass by. It returns a replacement for the value;
  /// if it returns nothing, the value is dropped too.
  template <class F>
  auto addErrback(F function) const& {
    return linkErrback(chain_, std::move(function));
  }
  template <class F>
  auto addErrback(F function) && {
    return linkErrback(std::move(chain_), std::move(function));
  }
  /// One for either; a failure of the first is not seen by the second.
  template <class F, class G>
  auto addCallbacks(F onValue, G onFailure) const& {
    return linkCallbacks(chain_, std::move(onValue), std::move(onFailure));
  }
  template <class F, class G>
  auto addCallbacks(F onValue, G onFailure) && {
    return linkCallbacks(std::move(chain_), std::move(onValue), std::move(onFailure));
  }
  /// `function(Result<T>)` is for both. It is called in any case; what it returns is the result.
  template <class F>
  auto addBoth(F function) const& {
    return linkBoth(chain_, std::move(function));
  }
  template <class F>
  auto addBoth(F function) && {
    return linkBoth(std::move(chain_), std::move(function));
  }

  /// Passes the outcome on to `other`; this one goes on with void. Cancelling `other` does not
  /// cancel this one.
  void chainDeferred(Deferred<T> other) const;

  /// Tells the producer that nobody wants the result. Has the canceller end the work; without one,
  /// what comes later is ignored. Either way CancelledError is the result, unless the canceller
  /// gave another. When the Deferred waits for one that a function returned, or is a coroutine that
  /// awaits one, that is cancelled. Nothing when the result is there.
  void cancel() const { chain_->cancel(); }

  /// Cancels after `timeout` if there is no result by then: the CancelledError becomes a
  /// TimeoutError. A canceller that gives another result is heeded.
  Deferred<T> addTimeout(Duration timeout, ReactorTime& clock) const& {
    return linkTimeout(chain_, timeout, clock, &detail::cancelledToTimedOut<T>);
  }
  Deferred<T> addTimeout(Duration timeout, ReactorTime& clock) && {
    return linkTimeout(std::move(chain_), timeout, clock, &detail::cancelledToTimedOut<T>);
  }
  /// The same, but `onTimeoutCancel(Result<T>, Duration)` says what the result of the cancelling
  /// becomes: a Result<T>, T or Failure.
  template <class F>
  Deferred<T> addTimeout(Duration timeout, ReactorTime& clock, F onTimeoutCancel) const& {
    return linkTimeout(chain_, timeout, clock, std::move(onTimeoutCancel));
  }
  template <class F>
  Deferred<T> addTimeout(Duration timeout, ReactorTime& clock, F onTimeoutCancel) && {
    return linkTimeout(std::move(chain_), timeout, clock, std::move(onTimeoutCancel));
  }

  /// Runs no functions until as many `unpause`.
  void pause() const noexcept { chain_->pause(); }
  /// std::logic_error when it is not paused.
  void unpause() const { chain_->unpause(); }

  /// True once `callback`, `errback` or `cancel` gave a result. Twisted: `called`.
  bool called() const noexcept { return chain_->called(); }

  /// `co_await` gives the value, or throws the failure. The Deferred is left with void.
  auto operator co_await() const& { return detail::Awaiter<T>(*this); }
  auto operator co_await() && { return detail::Awaiter<T>(std::move(*this)); }

  // --- For room deferred ---------------------------------------------------------------

  explicit Deferred(detail::ChainRef<detail::Chain> chain) noexcept : chain_(std::move(chain)) {}
  detail::Chain& chain() const noexcept { return *chain_; }
  detail::ChainRef<detail::Chain>& ref() noexcept { return chain_; }

 private:
  using Chain = detail::ChainRef<detail::Chain>;
  template <class Link, class U, class... Functions>
  static Deferred<U> link(Chain chain, Functions&&... functions);
  template <class F>
  static auto linkCallback(Chain chain, F function);
  template <class F>
  static auto linkErrback(Chain chain, F function);
  template <class F, class G>
  static auto linkCallbacks(Chain chain, F onValue, G onFailure);
  template <class F>
  static auto linkBoth(Chain chain, F function);
  template <class F>
  static Deferred<T> linkTimeout(Chain chain, Duration timeout, ReactorTime& clock,
                                 F onTimeoutCancel);
  detail::Head<T>& head() const;

  Chain chain_;
};

// --- Results that are there already --------------------------------------------------------------

/// A Deferred that has this value. Twisted: `succeed`.
template <class T>
Deferred<std::decay_t<T>> succeed(T&& value,
                                  std::source_location where = std::source_location::current()) {
  Deferred<std::decay_t<T>> deferred(where);
  deferred.callback(std::forward<T>(value));
  return deferred;
}
inline Deferred<void> succeed(std::source_location where = std::source_location::current()) {
  Deferred<void> deferred(where);
  deferred.callback();
  return deferred;
}

/// A Deferred that has failed: `fail<int>(ConnectionLost())`. Twisted: `fail`.
template <class T = void>
Deferred<T> fail(Failure failure, std::source_location where = std::source_location::current()) {
  Deferred<T> deferred(where);
  deferred.errback(std::move(failure));
  return deferred;
}

/// Calls `function(arguments...)` and gives what becomes of it as a Deferred: a value, what it
/// throws, a Result, or the Deferred it returns. Twisted: `maybeDeferred`.
template <class F, class... Args>
auto maybeDeferred(F&& function, Args&&... arguments) {
  using R = std::decay_t<std::invoke_result_t<F, Args...>>;
  using T = typename detail::Returned<R>::Value;
  try {
    if constexpr (std::is_base_of_v<Deferred<T>, R>) {
      return Deferred<T>(std::forward<F>(function)(std::forward<Args>(arguments)...));
    } else if constexpr (std::is_void_v<R>) {
      std::forward<F>(function)(std::forward<Args>(arguments)...);
      return succeed();
    } else {
      Deferred<T> deferred;
      deferred.callback(std::forward<F>(function)(std::forward<Args>(arguments)...));
      return deferred;
    }
  } catch (...) {
    return fail<T>(Failure());
  }
}

/// Twisted: `execute`.
template <class F, class... Args>
auto execute(F&& function, Args&&... arguments) {
  return maybeDeferred(std::forward<F>(function), std::forward<Args>(arguments)...);
}

}  // namespace plait

#include <plait/deferred/coroutine.hpp>
#include <plait/deferred/deferred_members.hpp>
