#pragma once

#include <plait/core/reactor_time.hpp>

namespace plait {

/// Notices callbacks that hold their reactor up: nothing else happens on it until they return.
/// Measured is the time by the clock, so a machine that has no time for the program counts, too.
class StallDetector {
 public:
  /// A callback that takes longer is reported; zero or less: none is.
  void setLimit(Duration limit) { limit_ = limit; }
  Duration limit() const { return limit_; }

  /// Measures one callback. Those that are called inside of another are a part of that one.
  class Watch {
   public:
    Watch(StallDetector& detector, const ReactorTime& time)
        : detector_(detector),
          outermost_(detector.limit_ > Duration::zero() && !detector.watching_) {
      if (outermost_) begin(time);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() {
      if (outermost_) detector_.watching_ = false;
    }

    /// True when it has taken too long by now.
    bool stalled() { return outermost_ && measure(); }
    /// How long, as the message has it: "213 ms".
    std::string taken() const;

   private:
    void begin(const ReactorTime& time);
    bool measure();

    StallDetector& detector_;
    const bool outermost_;
    const ReactorTime* time_ = nullptr;
    TimePoint start_;
    Duration taken_{};
  };

 private:
  Duration limit_{};
  bool watching_ = false;
};

}  // namespace plait
