#include <plait/deferred/defer_later.hpp>

namespace plait {

namespace {

/// The head of a Deferred that a timer fires.
class TimedHead final : public detail::Head<void> {
 public:
  explicit TimedHead(std::source_location where) : Head(where) {}
  DelayedCall timer;

 private:
  Cancelling cancelProducer() override {
    timer.cancelIfActive();
    return Cancelling::asked;
  }
};

}  // namespace

Deferred<void> deferLater(ReactorTime& clock, Duration delay, std::source_location where) {
  auto* head = new TimedHead(where);
  Deferred<void> deferred{detail::ChainRef<detail::Chain>(head)};
  head->timer = clock.callLater(delay, [deferred]() mutable { deferred.callback(); });
  return deferred;
}

}  // namespace plait
