#include <gtest/gtest.h>

#include <plait/testing/clock.hpp>
#include <stdexcept>
#include <vector>

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

TEST(Clock, StartsAtZero) {
  Clock clock;
  EXPECT_EQ(clock.now(), TimePoint{});
  EXPECT_EQ(clock.seconds(), 0.0);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST(Clock, RunsCallsForTheSameMomentInTheOrderTheyWereMade) {
  Clock clock;
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) clock.callLater(1s, [&order, i] { order.push_back(i); });
  clock.advance(1s);
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

TEST(Clock, RunsEarlierCallsFirst) {
  Clock clock;
  std::vector<int> order;
  clock.callLater(3s, [&] { order.push_back(3); });
  clock.callLater(1s, [&] { order.push_back(1); });
  clock.callLater(2s, [&] { order.push_back(2); });
  clock.advance(2s);
  EXPECT_EQ(order, (std::vector{1, 2}));
  EXPECT_EQ(clock.pendingCalls(), 1u);
}

TEST(Clock, ShowsEveryCallTheFinalTime) {
  Clock clock;
  std::vector<double> seen;
  clock.callLater(1s, [&] { seen.push_back(clock.seconds()); });
  clock.callLater(2s, [&] { seen.push_back(clock.seconds()); });
  clock.advance(5s);
  EXPECT_EQ(seen, (std::vector{5.0, 5.0}));
}

TEST(Clock, PumpsStepByStep) {
  Clock clock;
  std::vector<double> seen;
  clock.callLater(1s, [&] { seen.push_back(clock.seconds()); });
  clock.callLater(2s, [&] { seen.push_back(clock.seconds()); });
  clock.pump({1s, 2s});
  EXPECT_EQ(seen, (std::vector{1.0, 3.0}));
}

TEST(Clock, RunsDueCallsMadeMeanwhileInTheSameAdvance) {
  Clock clock;
  int calls = 0;
  clock.callLater(1s, [&] {
    clock.callLater(0s, [&] { ++calls; });
    clock.callLater(1s, [&] { calls += 10; });
  });
  clock.advance(1s);
  EXPECT_EQ(calls, 1);
  clock.advance(1s);
  EXPECT_EQ(calls, 11);
}

TEST(Clock, NeverRunsACallFromInsideCallLater) {
  Clock clock;
  bool called = false;
  clock.callLater(0s, [&] { called = true; });
  EXPECT_FALSE(called);
  clock.advance(0s);
  EXPECT_TRUE(called);
}

TEST(Clock, TakesNegativeDelays) {
  Clock clock;
  bool called = false;
  clock.callLater(-1s, [&] { called = true; });
  clock.advance(0s);
  EXPECT_TRUE(called);
}

TEST(Clock, PassesOnWhatACallThrowsAndKeepsTheOthers) {
  Clock clock;
  int calls = 0;
  clock.callLater(1s, [&] { ++calls; });
  clock.callLater(1s, [] { throw std::runtime_error("no"); });
  clock.callLater(1s, [&] { ++calls; });
  EXPECT_THROW(clock.advance(1s), std::runtime_error);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(clock.pendingCalls(), 1u);
  clock.advance(0s);
  EXPECT_EQ(calls, 2);
}

TEST(Clock, MayAdvanceFromInsideACall) {
  Clock clock;
  std::vector<int> order;
  clock.callLater(1s, [&] {
    order.push_back(1);
    clock.advance(1s);
  });
  clock.callLater(2s, [&] { order.push_back(2); });
  clock.advance(1s);
  EXPECT_EQ(order, (std::vector{1, 2}));
  EXPECT_EQ(clock.seconds(), 2.0);
}

}  // namespace
}  // namespace plait::testing
