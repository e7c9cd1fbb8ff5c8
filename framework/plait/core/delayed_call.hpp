#pragma once

#include <chrono>
#include <memory>

namespace plait {

/// A duration as plait keeps it.
using Duration = std::chrono::nanoseconds;
/// A moment of a reactor's clock, which never goes backwards.
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// `delay` after `moment`; the end of time when there is no such moment.
constexpr TimePoint later(TimePoint moment, Duration delay) {
  const bool tooFar = delay > Duration::zero() && moment > TimePoint::max() - delay;
  return tooFar ? TimePoint::max() : moment + delay;
}

namespace detail {
struct TimerEntry;
class TimerEntries;
/// Counted without atomics: timers belong to one thread.
class TimerRef {
 public:
  TimerRef() = default;
  explicit TimerRef(TimerEntry* entry) noexcept;
  TimerRef(const TimerRef& other) noexcept : TimerRef(other.entry_) {}
  TimerRef(TimerRef&& other) noexcept : entry_(other.entry_) { other.entry_ = nullptr; }
  TimerRef& operator=(TimerRef other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
  }
  ~TimerRef() {
    if (entry_) release(entry_);
  }
  TimerEntry* get() const noexcept { return entry_; }

 private:
  static void release(TimerEntry* entry) noexcept;
  TimerEntry* entry_ = nullptr;
};
}  // namespace detail

/// A call that `callLater` has scheduled; a handle, cheap to copy. Letting go of it changes
/// nothing. Twisted: `IDelayedCall`.
///
/// `cancel`, `reset` and `delay` throw AlreadyCalled once the call has run and AlreadyCancelled
/// once it was cancelled. A cancelled call never runs.
///
/// Thread: its reactor's only.
class DelayedCall {
 public:
  /// No call: not active, as if cancelled.
  DelayedCall() = default;
  explicit DelayedCall(detail::TimerRef entry) : entry_(std::move(entry)) {}

  void cancel();
  /// Cancels it if it is still to come.
  void cancelIfActive();
  /// Runs it `delay` from now instead.
  void reset(Duration delay);
  /// Runs it `extra` later than planned; negative is sooner.
  void delay(Duration extra);
  /// True while it is still to come.
  bool active() const noexcept;
  /// When it is (or was) to run.
  TimePoint getTime() const;

 private:
  detail::TimerEntry& pending() const;
  detail::TimerRef entry_;
};

}  // namespace plait
