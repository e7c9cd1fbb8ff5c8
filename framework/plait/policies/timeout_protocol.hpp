#pragma once

#include <plait/policies/protocol_wrapper.hpp>
#include <plait/policies/timeout_options.hpp>

namespace plait {

/// A connection with timeouts, made by TimeoutFactory. A protocol behind it may change its own:
///
///     if (auto* timeouts = plait::TimeoutProtocol::of(transport())) {
///       timeouts->setTimeouts({.idle = 1h});   // it has logged in
///     }
///
/// A byte costs a look at the clock. One timer, which goes off some four times in the shortest
/// timeout at most, looks at what has moved since.
///
/// Thread: its reactor's.
class TimeoutProtocol final : public ProtocolWrapper {
 public:
  /// std::invalid_argument for a time that is not positive.
  TimeoutProtocol(std::shared_ptr<Protocol> wrapped, const TimeoutOptions& options);
  ~TimeoutProtocol() override;

  /// The innermost of those that stand between `transport` and its protocol; null when none does.
  static TimeoutProtocol* of(Transport& transport) { return transport.as<TimeoutProtocol>(); }

  /// Other timeouts from now on, which run from now. std::invalid_argument for a time that is not
  /// positive. Twisted: `setTimeout`.
  void setTimeouts(const TimeoutOptions& options);
  /// No timeouts from now on. Twisted: `cancelTimeout`.
  void cancelTimeouts() { setTimeouts({}); }
  const TimeoutOptions& timeouts() const { return options_; }

  void connectionMade() override;
  void connectionLost(const Failure& reason) override;
  void pauseProducing() override;
  void resumeProducing() override;

 private:
  struct Outlook;

  void receiving(BytesView) override;
  void writing(std::span<const BytesView>) override;
  void start();
  void look();
  void lookAtOutput(TimePoint now);
  void lookBy(TimePoint when);
  void expire(const Failure& reason);
  Transport& outermost() const;
  void stopProducer(Transport& of, const RegisteredProducer& producer);

  TimeoutOptions options_;
  std::optional<Duration> betweenLooks_;  // while there is output to watch
  TimePoint started_;
  TimePoint reading_;             // since when the protocol has let bytes come
  TimePoint received_;            // the last byte came; or `started_`, as in those below
  TimePoint sent_;                // the last byte left, or a little earlier
  TimePoint stalled_;             // since when, at least, what waits has made no progress
  TimePoint written_;             // the last write
  std::uint64_t bytesTaken_ = 0;  // at the last look, as all that follows
  std::uint64_t timesBlocked_ = 0;
  bool outputWaits_ = false;
  bool wroteSince_ = false;
  bool readingPaused_ = false;
  bool hasReceived_ = false;
  bool over_ = false;  // expired, or lost
  DelayedCall timer_;
};

}  // namespace plait
