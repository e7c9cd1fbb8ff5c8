#include <gtest/gtest.h>

#include <plait/policies/loop_latency.hpp>
#include <plait/policies/metrics_registry.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;

struct LoopLatencyTest : ::testing::Test {
  bool hasLine(const std::string& line) const {
    return metrics.text().find("\n" + line + "\n") != std::string::npos;
  }

  Clock clock;
  MetricsRegistry metrics;
};

TEST_F(LoopLatencyTest, MeasuresHowLateTimersCome) {
  LoopLatency latency(clock, metrics, {{"reactor", "0"}}, 100ms);
  clock.advance(100ms);
  clock.advance(103ms);  // 3 ms late
  EXPECT_TRUE(hasLine("plait_loop_latency_seconds_count{reactor=\"0\"} 2"));
  EXPECT_TRUE(hasLine("plait_loop_latency_seconds_sum{reactor=\"0\"} 0.003"));
  EXPECT_TRUE(hasLine("plait_loop_latency_seconds_bucket{reactor=\"0\",le=\"0.0005\"} 1"));
  EXPECT_TRUE(hasLine("plait_loop_latency_seconds_bucket{reactor=\"0\",le=\"0.005\"} 2"));
}

TEST_F(LoopLatencyTest, EndsWhenDestroyed) {
  { LoopLatency latency(clock, metrics); }
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopLatencyTest, RefusesAnIntervalOfNothing) {
  EXPECT_THROW(LoopLatency(clock, metrics, {}, 0ms), std::invalid_argument);
}

}  // namespace
}  // namespace plait
