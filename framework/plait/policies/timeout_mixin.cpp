#include <plait/policies/errors.hpp>
#include <plait/policies/timeout_mixin.hpp>
#include <stdexcept>
#include <utility>

namespace plait {

TimeoutMixin::~TimeoutMixin() {
  timer_.cancelIfActive();
}

std::optional<Duration> TimeoutMixin::setTimeout(std::optional<Duration> timeout) {
  if (timeout && *timeout < Duration::zero()) {
    throw std::invalid_argument("setTimeout: the time must not be negative");
  }
  if (timeout) {
    arm(*timeout);
  } else {
    timer_.cancelIfActive();
  }
  return std::exchange(timeout_, timeout);
}

void TimeoutMixin::arm(Duration timeout) {
  if (!protocol_) protocol_ = dynamic_cast<Protocol*>(this);
  if (!protocol_) throw std::logic_error("TimeoutMixin: what it is mixed into is no Protocol");
  clock_ = &protocol_->transport().clock();
  lastReset_ = clock_->now();
  if (!protocol_->connected()) return;
  if (timer_.active()) {
    timer_.reset(timeout);
  } else {
    timer_ = clock_->callLater(timeout, [this] { timerDone(); });
  }
}

void TimeoutMixin::timerDone() {
  if (!protocol_->connected()) return;
  const Duration left = later(lastReset_, *timeout_) - clock_->now();
  if (left > Duration::zero()) {
    timer_ = clock_->callLater(left, [this] { timerDone(); });
    return;
  }
  const auto keep = protocol_->weak_from_this().lock();  // the user may let go of it
  try {
    timeoutConnection();
  } catch (...) {
    protocol_->transport().failConnection(Failure(), "timeoutConnection");
  }
}

void TimeoutMixin::timeoutConnection() {
  protocol_->transport().loseConnection(Failure(IdleTimeout(*timeout_)));
}

}  // namespace plait
