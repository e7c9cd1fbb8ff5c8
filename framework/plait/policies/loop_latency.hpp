#pragma once

#include <plait/core/reactor_time.hpp>
#include <plait/policies/metrics.hpp>

namespace plait {

/// Measures how late a reactor's timers come, which is how long whatever else has happened kept
/// everybody waiting: the histogram `plait_loop_latency_seconds`. Begins when it is made, ends when
/// it is destroyed.
///
/// Thread: the reactor's.
class LoopLatency {
 public:
  /// Looks each `interval`. std::invalid_argument when that is not above zero.
  LoopLatency(ReactorTime& time, Metrics& metrics, MetricLabels labels = {},
              Duration interval = std::chrono::milliseconds(250));
  LoopLatency(const LoopLatency&) = delete;
  ~LoopLatency() { timer_.cancelIfActive(); }

 private:
  void wait();

  ReactorTime& time_;
  Duration interval_;
  std::shared_ptr<Histogram> histogram_;
  DelayedCall timer_;
};

}  // namespace plait
