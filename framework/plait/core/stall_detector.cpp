#include <fmt/format.h>

#include <plait/core/stall_detector.hpp>

namespace plait {

void StallDetector::Watch::begin(const ReactorTime& time) {
  time_ = &time;
  start_ = time.now();
  detector_.watching_ = true;
}

bool StallDetector::Watch::measure() {
  taken_ = time_->now() - start_;
  return taken_ > detector_.limit_;
}

std::string StallDetector::Watch::taken() const {
  return fmt::format("{} ms",
                     std::chrono::duration_cast<std::chrono::milliseconds>(taken_).count());
}

}  // namespace plait
