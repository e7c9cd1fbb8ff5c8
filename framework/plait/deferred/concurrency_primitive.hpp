#pragma once

#include <plait/deferred/token_pool.hpp>
#include <tuple>

namespace plait::detail {

/// What DeferredLock and DeferredSemaphore can do. Twisted: `_ConcurrencyPrimitive`.
class ConcurrencyPrimitive {
 public:
  ConcurrencyPrimitive(const ConcurrencyPrimitive&) = delete;
  ConcurrencyPrimitive& operator=(const ConcurrencyPrimitive&) = delete;

  /// Fires when the caller has it: first come, first served. Whoever has it calls `release`.
  /// `cancel` gives up waiting.
  Deferred<void> acquire(std::source_location where = std::source_location::current()) {
    return pool_->acquire(where);
  }
  /// Gives it back; the next who waits has it now, before this returns. (In a function of one who
  /// waited, the next is told when that function has returned.) std::logic_error when nobody has
  /// it.
  void release();

  /// The same with a guard that releases, also when the coroutine throws or is destroyed:
  ///
  ///     const plait::Held held = co_await lock.hold();
  Deferred<Held> hold(std::source_location where = std::source_location::current()) {
    return pool_->hold(where);
  }

  /// Acquires, calls `function(arguments...)`, and releases when that has returned or thrown; when
  /// it returns a Deferred, when that has fired. Gives what became of the call. `cancel` gives up
  /// waiting, or cancels the Deferred that was returned.
  template <class F, class... Args>
  auto run(F function, Args... arguments) {
    return hold().addCallback(
        [function = std::move(function), arguments = std::tuple<Args...>(std::move(arguments)...)](
            [[maybe_unused]] Held&& token) mutable {
          Held held = std::move(token);
          using R = std::decay_t<std::invoke_result_t<F&&, Args&&...>>;
          using T = typename Returned<R>::Value;
          if constexpr (std::is_base_of_v<Deferred<T>, R>) {
            return Deferred<T>(std::apply(std::move(function), std::move(arguments)))
                .addBoth([held = std::move(held)](Result<T> result) mutable {
                  held.release();
                  return result;
                });
          } else {
            return R(std::apply(std::move(function), std::move(arguments)));
          }
        });
  }

 protected:
  explicit ConcurrencyPrimitive(std::size_t tokens) : pool_(new TokenPool(tokens)) {}
  /// Those who wait fail with CancelledError.
  ~ConcurrencyPrimitive() { pool_->close(); }

  const TokenPool& pool() const noexcept { return *pool_; }

 private:
  ChainRef<TokenPool> pool_;
};

}  // namespace plait::detail
