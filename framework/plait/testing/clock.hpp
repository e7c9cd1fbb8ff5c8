#pragma once

#include <initializer_list>
#include <plait/core/reactor_time.hpp>
#include <plait/core/timer_queue.hpp>

namespace plait::testing {

/// Time that passes when a test says so. Behaves as a reactor's: first come first served among
/// equal moments, a cancelled call never runs. Starts at zero. Twisted: `task.Clock`.
///
///     Clock clock;
///     clock.callLater(10s, [&] { rang = true; });
///     clock.advance(10s);   // rang
class Clock : public ReactorTime, private TimerQueue::Owner {
 public:
  Clock() : calls_(*this) {}

  TimePoint now() const override { return now_; }
  /// Negative delays are allowed: the call runs in the next `advance`.
  DelayedCall callLater(Duration delay, UniqueFunction<void()> call) override;

  /// Lets time pass, then makes the calls that are due, earliest first; each sees the final time.
  /// Calls they add run too if they are due. What a call throws reaches the caller; the calls
  /// behind it stay due.
  void advance(Duration step);
  /// One `advance` after the other.
  void pump(std::initializer_list<Duration> steps);

  /// How many calls are to come: zero at the end of a clean test. Twisted: `getDelayedCalls`.
  std::size_t pendingCalls() const { return calls_.size(); }

 private:
  TimePoint now_{};
  TimerQueue calls_;
};

}  // namespace plait::testing
