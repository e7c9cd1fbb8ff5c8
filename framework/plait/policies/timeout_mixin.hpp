#pragma once

#include <optional>
#include <plait/core/protocol.hpp>

namespace plait {

/// Beside Protocol, for those that give up on a peer that has fallen silent. Twisted:
/// `TimeoutMixin`.
///
///     struct Session : plait::LineReceiver, plait::TimeoutMixin {
///       void connectionMade() override { setTimeout(60s); }
///       void lineReceived(plait::BytesView line) override {
///         resetTimeout();
///         ...
///       }
///     };
///
/// `timeoutConnection` is called when the time that was set has passed since the last reset, never
/// earlier. A reset costs a look at the clock, no more: the timer stays where it is, and when it
/// goes off, it is armed for what is left. So a connection costs one timer, which does something
/// once in the time that was set.
///
/// Ends with its protocol, and does nothing once the connection is lost.
///
/// Thread: the protocol's.
class TimeoutMixin {
 public:
  TimeoutMixin() = default;
  TimeoutMixin(const TimeoutMixin&) = delete;
  TimeoutMixin& operator=(const TimeoutMixin&) = delete;
  virtual ~TimeoutMixin();

  /// Allows this much silence, from now on; nullopt allows any. Returns what was allowed before.
  /// std::logic_error before the protocol has a transport, std::invalid_argument for a negative
  /// time.
  std::optional<Duration> setTimeout(std::optional<Duration> timeout);
  /// Something has happened: the time runs anew. Nothing when none is set.
  void resetTimeout() {
    if (timeout_) lastReset_ = clock_->now();
  }
  /// The time has passed. By default the connection is closed, with IdleTimeout as the reason. What
  /// an override throws loses the connection, too; one that leaves it open calls `setTimeout` to be
  /// told again.
  virtual void timeoutConnection();

 private:
  void arm(Duration timeout);
  void timerDone();

  std::optional<Duration> timeout_;
  TimePoint lastReset_;
  ReactorTime* clock_ = nullptr;
  Protocol* protocol_ = nullptr;  // what this is beside, known once a time is set
  DelayedCall timer_;
};

}  // namespace plait
