#include <array>
#include <plait/policies/loop_latency.hpp>
#include <stdexcept>

namespace plait {

namespace {

constexpr std::array<double, 11> kSeconds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                             0.05,   0.1,   0.25,   0.5,   1};

}  // namespace

LoopLatency::LoopLatency(ReactorTime& time, Metrics& metrics, MetricLabels labels,
                         Duration interval)
    : time_(time), interval_(interval) {
  if (interval <= Duration::zero()) {
    throw std::invalid_argument("LoopLatency: the interval must be above zero");
  }
  histogram_ = metrics.histogram(
      {"plait_loop_latency_seconds", "How late the reactor's timers come.", std::move(labels)},
      kSeconds);
  wait();
}

void LoopLatency::wait() {
  timer_ = time_.callLater(interval_, [this] {
    const Duration late = time_.now() - timer_.getTime();
    histogram_->observe(std::chrono::duration<double>(late).count());
    wait();
  });
}

}  // namespace plait
