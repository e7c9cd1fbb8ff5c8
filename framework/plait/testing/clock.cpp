#include <plait/testing/clock.hpp>

namespace plait::testing {

DelayedCall Clock::callLater(Duration delay, UniqueFunction<void()> call) {
  return calls_.add(later(now_, delay), std::move(call));
}

void Clock::advance(Duration step) {
  now_ += step;
  while (auto call = calls_.take(now_)) call();
}

void Clock::pump(std::initializer_list<Duration> steps) {
  for (Duration step : steps) advance(step);
}

}  // namespace plait::testing
