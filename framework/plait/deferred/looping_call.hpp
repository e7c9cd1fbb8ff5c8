#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <plait/deferred/deferred.hpp>

namespace plait {

/// Calls a function again and again. Twisted: `task.LoopingCall`.
///
///     plait::LoopingCall ping(reactor, [this] { sendLine("PING"); });
///     ping.start(30s).addErrback([](const plait::Failure& why) { complain(why); });
///
/// Calls are at `start + n * interval`, exactly: lateness does not add up. A time that has passed
/// while the clock was late, or while the function was still busy, is left out, not made up for.
///
/// The function returns nothing, or a value, which is ignored; or a Deferred (it may be a
/// coroutine), then the next call waits for that too. What it throws, or its Deferred fails with,
/// ends the loop. It may do anything to the LoopingCall, even destroy it.
///
/// Destroying a LoopingCall ends the loop: nothing is called any more; what its function's Deferred
/// waits for is cancelled; the Deferred that `start` returned is let go of without a result.
/// Keep it as the last member of the object that its function uses.
///
/// Thread: the clock's only. The clock must live as long as the loop runs.
class LoopingCall {
 public:
  template <class F>
  requires std::is_invocable_v<F&> LoopingCall(ReactorTime& clock, F function)
      : LoopingCall(
            clock,
            [function = std::move(function)](std::int64_t) mutable {
              return wait([&]() -> decltype(auto) { return function(); });
            },
            Counting::no) {}

  /// `function(std::int64_t count)` is told how many intervals have passed since its last call:
  /// 1, or more when some were left out. The first call after a `start` with `now` is told 1; with
  /// interval 0 all are.
  template <class F>
  requires std::is_invocable_v<F&, std::int64_t>
  static LoopingCall withCount(ReactorTime& clock, F function) {
    return LoopingCall(
        clock,
        [function = std::move(function)](std::int64_t count) mutable {
          return wait([&]() -> decltype(auto) { return function(count); });
        },
        Counting::yes);
  }

  LoopingCall(LoopingCall&& other) noexcept = default;
  LoopingCall& operator=(LoopingCall other) noexcept {
    loop_.swap(other.loop_);
    return *this;
  }
  ~LoopingCall();

  /// Begins: with a call at once, from inside this one, or, if not `now`, after the first interval.
  /// Interval 0: a call in every turn of the reactor.
  ///
  /// The Deferred fires when `stop` has ended the loop, and fails with what the function failed
  /// with. Cancelling it ends the loop as well, and cancels what the function's Deferred waits for.
  /// (Twisted gives it the LoopingCall as value, and goes on looping when it is cancelled.)
  ///
  /// std::invalid_argument for a negative interval; std::logic_error while it runs, and after
  /// `stop` as long as the last call is not over. It may be started again from the Deferred's
  /// callback.
  Deferred<void> start(Duration interval, bool now = true);

  /// Ends the loop. Its Deferred fires from inside this call; while the function is busy, when that
  /// has finished. std::logic_error when it does not run.
  void stop();

  /// Begins the interval anew: the next call is an interval from now, and the others from there.
  /// While the function is busy this counts too. (Twisted's does nothing then.) std::logic_error
  /// when it does not run.
  void reset();

  /// True from `start` to `stop`, or to the function's failure.
  bool running() const noexcept;
  /// As given to `start`; 0 before.
  Duration interval() const noexcept;

 private:
  /// What a call left to wait for: nothing, or a Deferred.
  using Wait = std::optional<Deferred<void>>;
  using Function = UniqueFunction<Wait(std::int64_t count)>;
  enum class Counting : bool { no, yes };
  class Loop;

  LoopingCall(ReactorTime& clock, Function function, Counting counting);

  template <class Call>
  static Wait wait(Call&& call) {
    using R = std::decay_t<decltype(call())>;
    using T = typename detail::Returned<R>::Value;
    if constexpr (std::is_same_v<R, Deferred<void>>) {
      return call();
    } else if constexpr (std::is_same_v<R, Deferred<T>>) {
      return call().addCallback([] {});
    } else if constexpr (std::is_same_v<R, Result<T>>) {
      call().value();
    } else if constexpr (std::is_same_v<R, Failure>) {
      call().raiseException();
    } else {
      call();
    }
    return std::nullopt;
  }

  std::shared_ptr<Loop> loop_;
};

}  // namespace plait
