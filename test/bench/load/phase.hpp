#pragma once

#include <cstdint>
#include <limits>
#include <thread>

#include "load/connection.hpp"
#include "load/load.hpp"

namespace bench {

/// The account of one phase: how many batches may still be begun, and what those done took.
class Phase {
 public:
  using Clock = Connection::Clock;

  Phase() = default;
  /// As for Load::run.
  Phase(std::uint64_t requests, double seconds, std::size_t pipeline)
      : pipeline_(pipeline), started_(Clock::now()) {
    if (requests == 0) {
      batchesLeft_ = std::numeric_limits<std::uint64_t>::max();
      until_ = started_ +
               std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    } else {
      batchesLeft_ = (requests + pipeline - 1) / pipeline;
      result_.latencies.reserve(batchesLeft_);
    }
  }

  bool mayBegin(Clock::time_point now) const { return batchesLeft_ != 0 && now < until_; }
  void begun() { --batchesLeft_; }
  void done(Clock::time_point begun, Clock::time_point now) {
    result_.latencies.push_back(now - begun);
    result_.requests += pipeline_;
  }
  PhaseResult result() {
    result_.wall = Clock::now() - started_;
    return std::move(result_);
  }

 private:
  std::size_t pipeline_ = 1;
  std::uint64_t batchesLeft_ = 0;
  Clock::time_point started_;
  Clock::time_point until_ = Clock::time_point::max();
  PhaseResult result_;
};

/// How long a server takes at most to come to rest, once all replies are in.
inline void waitUntilAsleep() {
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

}  // namespace bench
