#include <plait/deferred/looping_call.hpp>
#include <stdexcept>

namespace plait {

/// The loop itself. Outlives the LoopingCall while its function is busy: that may be a coroutine,
/// which uses what the function has captured.
class LoopingCall::Loop : public std::enable_shared_from_this<Loop> {
 public:
  Loop(ReactorTime& clock, Function function, Counting counting)
      : clock_(clock), function_(std::move(function)), counting_(counting) {}

  Deferred<void> start(Duration interval, bool now);
  void stop();
  void reset();
  void abandon() noexcept;
  bool running() const noexcept { return running_; }
  Duration interval() const noexcept { return interval_; }

 private:
  void call();
  Wait callFunction();
  std::int64_t countIntervals();
  void callEnded(const Result<void>& result);
  void scheduleNext();
  void end(const Result<void>& result);

  ReactorTime& clock_;
  Function function_;
  const Counting counting_;

  bool running_ = false;
  bool busy_ = false;                       // the function is: inside its call, or its Deferred
  Wait waitingFor_;                         // that Deferred
  std::optional<Deferred<void>> deferred_;  // what `start` returned; empty when nobody wants it

  Duration interval_{};
  TimePoint start_;
  bool callAtStart_ = false;
  std::optional<TimePoint> lastCall_;  // only when counting
  DelayedCall timer_;
};

Deferred<void> LoopingCall::Loop::start(Duration interval, bool now) {
  if (running_) throw std::logic_error("Tried to start a LoopingCall that was running.");
  if (busy_) throw std::logic_error("Tried to start a LoopingCall whose last call is not over.");
  if (interval < Duration::zero()) throw std::invalid_argument("interval must be >= 0");
  Deferred<void> deferred([weak = weak_from_this()](Deferred<void>&) {
    if (auto loop = weak.lock()) loop->abandon();
  });
  deferred_ = deferred;
  running_ = true;
  interval_ = interval;
  start_ = clock_.now();
  callAtStart_ = now;
  lastCall_.reset();
  if (now) {
    call();
  } else {
    scheduleNext();
  }
  return deferred;
}

void LoopingCall::Loop::stop() {
  if (!running_) throw std::logic_error("Tried to stop a LoopingCall that was not running.");
  running_ = false;
  timer_.cancelIfActive();
  if (!busy_) end({});
}

void LoopingCall::Loop::reset() {
  if (!running_) throw std::logic_error("Tried to reset a LoopingCall that was not running.");
  start_ = clock_.now();
  if (timer_.active()) timer_.reset(interval_);
}

/// Nobody wants it any more.
void LoopingCall::Loop::abandon() noexcept {
  const auto keep = shared_from_this();
  running_ = false;
  deferred_.reset();
  timer_.cancelIfActive();
  if (const Wait wait = std::exchange(waitingFor_, std::nullopt)) wait->cancel();
}

void LoopingCall::Loop::call() {
  const auto keep = shared_from_this();
  busy_ = true;
  Wait wait;
  try {
    wait = callFunction();
  } catch (...) {
    return callEnded(Failure());
  }
  if (!wait) return callEnded({});
  waitingFor_ = wait;
  wait->addBoth([keep](const Result<void>& result) { keep->callEnded(result); });
  if (!deferred_) abandon();  // its own function did so before: there is something to cancel now
}

LoopingCall::Wait LoopingCall::Loop::callFunction() {
  if (counting_ == Counting::no || interval_ == Duration::zero()) return function_(1);
  const std::int64_t count = countIntervals();
  return count > 0 ? function_(count) : std::nullopt;
}

std::int64_t LoopingCall::Loop::countIntervals() {
  const TimePoint now = clock_.now();
  const std::int64_t last = lastCall_ ? (*lastCall_ - start_) / interval_ : callAtStart_ ? -1 : 0;
  const std::int64_t count = (now - start_) / interval_ - last;
  if (count > 0) lastCall_ = now;
  return count;
}

void LoopingCall::Loop::callEnded(const Result<void>& result) {
  busy_ = false;
  waitingFor_.reset();
  if (!deferred_) {
    // Cancelled, or destroyed: what went wrong on the way down goes to the log.
    if (!result && !wasCancelled(result.failure())) fail(result.failure());
  } else if (!result) {
    running_ = false;
    timer_.cancelIfActive();
    end(result);
  } else if (running_) {
    scheduleNext();
  } else {
    end({});
  }
}

void LoopingCall::Loop::scheduleNext() {
  Duration delay = interval_;
  if (delay > Duration::zero()) delay -= (clock_.now() - start_) % interval_;
  timer_ = clock_.callLater(delay, [this] { call(); });
}

void LoopingCall::Loop::end(const Result<void>& result) {
  const auto keep = shared_from_this();
  Deferred<void> deferred = *std::exchange(deferred_, std::nullopt);
  deferred.callback(result);
}

LoopingCall::LoopingCall(ReactorTime& clock, Function function, Counting counting)
    : loop_(std::make_shared<Loop>(clock, std::move(function), counting)) {}

LoopingCall::~LoopingCall() {
  if (loop_) loop_->abandon();
}

Deferred<void> LoopingCall::start(Duration interval, bool now) {
  const auto keep = loop_;  // the function may destroy this
  return keep->start(interval, now);
}

void LoopingCall::stop() {
  const auto keep = loop_;
  keep->stop();
}

void LoopingCall::reset() {
  loop_->reset();
}

bool LoopingCall::running() const noexcept {
  return loop_->running();
}

Duration LoopingCall::interval() const noexcept {
  return loop_->interval();
}

}  // namespace plait
