#include <algorithm>
#include <plait/core/layered_transport.hpp>
#include <plait/policies/errors.hpp>
#include <plait/policies/timeout_protocol.hpp>

namespace plait {

/// What has expired, or when the next will.
struct TimeoutProtocol::Outlook {
  template <class Reason>
  void consider(const std::optional<Duration>& allowed, TimePoint since) {
    if (!allowed) return;
    const TimePoint end = later(since, *allowed);
    next = std::min(next, end);
    if (end <= now && !expired) expired = Failure(Reason(*allowed));
  }

  TimePoint now;
  TimePoint next = TimePoint::max();
  std::optional<Failure> expired = std::nullopt;
};

TimeoutProtocol::TimeoutProtocol(std::shared_ptr<Protocol> wrapped, const TimeoutOptions& options)
    : ProtocolWrapper(std::move(wrapped)), options_(options) {
  checkTimeouts(options);
}

TimeoutProtocol::~TimeoutProtocol() {
  timer_.cancelIfActive();
}

void TimeoutProtocol::setTimeouts(const TimeoutOptions& options) {
  checkTimeouts(options);
  options_ = options;
  if (wrappedTransport() && !over_) start();
}

void TimeoutProtocol::start() {
  betweenLooks_ = options_.idle;
  if (const auto& write = options_.writeProgress;
      write && (!betweenLooks_ || write < betweenLooks_)) {
    betweenLooks_ = write;
  }
  if (betweenLooks_) *betweenLooks_ = std::max(*betweenLooks_ / 4, Duration(1));
  started_ = reading_ = received_ = sent_ = stalled_ = written_ = clock().now();
  timer_.cancelIfActive();
  look();
}

// --- What happens ------------------------------------------------------------------------

void TimeoutProtocol::connectionMade() {
  start();  // first: the protocol may ask for other timeouts at once
  ProtocolWrapper::connectionMade();
}

void TimeoutProtocol::connectionLost(const Failure& reason) {
  over_ = true;
  timer_.cancelIfActive();
  ProtocolWrapper::connectionLost(reason);
}

void TimeoutProtocol::receiving(BytesView) {
  hasReceived_ = true;
  received_ = clock().now();
}

void TimeoutProtocol::writing(std::span<const BytesView>) {
  if (!betweenLooks_ || over_) return;  // after the loss, the clock may be gone
  written_ = clock().now();
  if (std::exchange(wroteSince_, true)) return;
  lookBy(later(written_, *betweenLooks_));
}

void TimeoutProtocol::pauseProducing() {
  readingPaused_ = true;
  ProtocolWrapper::pauseProducing();
}

void TimeoutProtocol::resumeProducing() {
  if (std::exchange(readingPaused_, false) && !over_) {
    reading_ = clock().now();
    if (options_.readProgress) lookBy(later(reading_, *options_.readProgress));
    if (options_.firstByte && !hasReceived_) lookBy(later(reading_, *options_.firstByte));
  }
  ProtocolWrapper::resumeProducing();
}

// --- Looking -----------------------------------------------------------------------------

void TimeoutProtocol::lookBy(TimePoint when) {
  if (over_ || (timer_.active() && timer_.getTime() <= when)) return;
  timer_.cancelIfActive();
  const Duration left = std::max(when - clock().now(), Duration::zero());
  timer_ = clock().callLater(left, [this] { look(); });
}

void TimeoutProtocol::look() {
  Outlook outlook{.now = clock().now()};
  lookAtOutput(outlook.now);
  if (!readingPaused_ && !disconnecting()) {
    if (!hasReceived_) outlook.consider<FirstByteTimeout>(options_.firstByte, reading_);
    outlook.consider<ReadTimeout>(options_.readProgress, std::max(received_, reading_));
  }
  if (outputWaits_) outlook.consider<WriteTimeout>(options_.writeProgress, stalled_);
  outlook.consider<IdleTimeout>(options_.idle, std::max(received_, sent_));
  outlook.consider<LifetimeTimeout>(options_.lifetime, started_);
  if (outlook.expired) return expire(*outlook.expired);
  if (outputWaits_ && betweenLooks_) {
    outlook.next = std::min(outlook.next, later(outlook.now, *betweenLooks_));
  }
  if (outlook.next != TimePoint::max()) lookBy(outlook.next);
}

/// Bytes that the system took as soon as they were written left when they were written. Of others
/// it is not known when they did: they count as leaving now, which is never too early, and a part
/// of the timeout too late at most.
void TimeoutProtocol::lookAtOutput(TimePoint now) {
  const bool waits = bufferedBytes() != 0;
  const std::uint64_t blocked = timesBlocked();
  const bool waited = outputWaits_ || waits || blocked != timesBlocked_;
  const std::uint64_t sent = bytesTaken();
  if (sent > bytesTaken_) {
    bytesTaken_ = sent;
    sent_ = waited ? now : written_;
    stalled_ = now;
  } else if (!outputWaits_) {
    stalled_ = now;
  }
  outputWaits_ = waits;
  timesBlocked_ = blocked;
  wroteSince_ = false;
}

void TimeoutProtocol::expire(const Failure& reason) {
  over_ = true;
  if (options_.abortAfter <= Duration::zero()) return transport().abortConnection(reason);
  timer_ = clock().callLater(options_.abortAfter,
                             [this, reason] { transport().abortConnection(reason); });
  Transport& closed = outermost();
  const RegisteredProducer producer = closed.releaseProducer();
  closed.loseConnection(reason);
  stopProducer(closed, producer);
}

/// What the protocol writes to: a layer between (startTLS) has to send what it holds, and its end.
Transport& TimeoutProtocol::outermost() const {
  Transport* found = &transport();
  for (Protocol* next = wrappedProtocol(); next;) {
    const auto* wire = next->as<LayerWire>();
    if (!wire || !wire->transportAbove()) break;
    found = wire->transportAbove();
    next = wire->protocolAbove();
  }
  return *found;
}

/// Its connection would wait for it to end.
void TimeoutProtocol::stopProducer(Transport& of, const RegisteredProducer& producer) {
  const auto keep = shared_from_this();
  try {
    if (producer.push && producer.push != &of) producer.push->stopProducing();
    if (producer.pull) producer.pull->stopProducing();
  } catch (...) {
    of.failConnection(Failure(), "stopProducing");
  }
}

}  // namespace plait
