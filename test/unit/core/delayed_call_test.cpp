#include <gtest/gtest.h>

#include <memory>
#include <plait/core/delayed_call.hpp>
#include <plait/core/errors.hpp>
#include <plait/testing/clock.hpp>

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;

struct DelayedCallTest : ::testing::Test {
  DelayedCall in(Duration delay) {
    return clock.callLater(delay, [this] { ++calls; });
  }

  Clock clock;
  int calls = 0;
};

TEST_F(DelayedCallTest, IsInactiveWhenMadeByHand) {
  DelayedCall call;
  EXPECT_FALSE(call.active());
  EXPECT_NO_THROW(call.cancelIfActive());
  EXPECT_THROW(call.cancel(), AlreadyCancelled);
  EXPECT_EQ(call.getTime(), TimePoint{});
}

TEST_F(DelayedCallTest, KnowsItsTimeBeforeAndAfter) {
  DelayedCall call = in(10s);
  EXPECT_TRUE(call.active());
  EXPECT_EQ(call.getTime(), TimePoint{} + 10s);
  clock.advance(10s);
  EXPECT_FALSE(call.active());
  EXPECT_EQ(call.getTime(), TimePoint{} + 10s);
  EXPECT_EQ(calls, 1);
}

TEST_F(DelayedCallTest, NeverRunsOnceCancelled) {
  DelayedCall call = in(1s);
  call.cancel();
  EXPECT_FALSE(call.active());
  EXPECT_EQ(clock.pendingCalls(), 0u);
  clock.advance(10s);
  EXPECT_EQ(calls, 0);
}

TEST_F(DelayedCallTest, DelaysFromItsPlannedTime) {
  DelayedCall call = in(10s);
  clock.advance(4s);
  call.delay(5s);
  EXPECT_EQ(call.getTime(), TimePoint{} + 15s);
  clock.advance(10s);
  EXPECT_EQ(calls, 0);
  clock.advance(1s);
  EXPECT_EQ(calls, 1);
}

TEST_F(DelayedCallTest, MovesForwardByANegativeDelay) {
  DelayedCall call = in(10s);
  clock.advance(4s);
  call.delay(-5s);
  EXPECT_EQ(call.getTime(), TimePoint{} + 5s);
  clock.advance(1s);
  EXPECT_EQ(calls, 1);
}

TEST_F(DelayedCallTest, ResetsFromNow) {
  DelayedCall call = in(10s);
  clock.advance(4s);
  call.reset(10s);
  EXPECT_EQ(call.getTime(), TimePoint{} + 14s);
  clock.advance(9s);
  EXPECT_EQ(calls, 0);
  clock.advance(1s);
  EXPECT_EQ(calls, 1);
}

TEST_F(DelayedCallTest, IsTooLateOnceCalled) {
  DelayedCall call = in(1s);
  clock.advance(1s);
  EXPECT_THROW(call.cancel(), AlreadyCalled);
  EXPECT_THROW(call.reset(1s), AlreadyCalled);
  EXPECT_THROW(call.delay(1s), AlreadyCalled);
  EXPECT_NO_THROW(call.cancelIfActive());
}

TEST_F(DelayedCallTest, IsTooLateOnceCancelled) {
  DelayedCall call = in(1s);
  call.cancel();
  EXPECT_THROW(call.cancel(), AlreadyCancelled);
  EXPECT_THROW(call.reset(1s), AlreadyCancelled);
  EXPECT_THROW(call.delay(1s), AlreadyCancelled);
  EXPECT_NO_THROW(call.cancelIfActive());
}

TEST_F(DelayedCallTest, CancelsIfActive) {
  DelayedCall call = in(1s);
  call.cancelIfActive();
  EXPECT_THROW(call.cancel(), AlreadyCancelled);
}

TEST_F(DelayedCallTest, CountsAsCalledFromInsideItself) {
  DelayedCall call;
  call = clock.callLater(1s, [&] {
    EXPECT_FALSE(call.active());
    EXPECT_THROW(call.cancel(), AlreadyCalled);
  });
  clock.advance(1s);
}

TEST_F(DelayedCallTest, CanCancelAnotherDueAtTheSameMoment) {
  DelayedCall second;
  clock.callLater(1s, [&] { second.cancel(); });
  second = in(1s);
  clock.advance(1s);
  EXPECT_EQ(calls, 0);
}

TEST_F(DelayedCallTest, SharesItsCallAmongCopies) {
  DelayedCall call = in(1s);
  DelayedCall copy = call;
  DelayedCall moved = std::move(call);
  copy.cancel();
  EXPECT_FALSE(moved.active());
  EXPECT_THROW(moved.cancel(), AlreadyCancelled);
}

TEST_F(DelayedCallTest, RunsWithoutAnybodyHoldingItsHandle) {
  in(1s);
  clock.advance(1s);
  EXPECT_EQ(calls, 1);
}

TEST_F(DelayedCallTest, LetsGoOfWhatItCapturedWhenCancelled) {
  auto captured = std::make_shared<int>(0);
  DelayedCall call = clock.callLater(1s, [captured] {});
  EXPECT_EQ(captured.use_count(), 2);
  call.cancel();
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(DelayedCallTest, LetsGoOfWhatItCapturedOnceCalled) {
  auto captured = std::make_shared<int>(0);
  DelayedCall call = clock.callLater(1s, [captured] {});
  clock.advance(1s);
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(DelayedCallTest, MayBeCancelledByWhatItsCaptureDestroys) {
  struct Canceller {
    ~Canceller() { other->cancelIfActive(); }
    DelayedCall* other;
  };
  DelayedCall other = in(1s);
  auto canceller = std::make_shared<Canceller>();
  canceller->other = &other;
  DelayedCall call = clock.callLater(1s, [keep = std::move(canceller)] {});
  call.cancel();
  EXPECT_FALSE(other.active());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

}  // namespace
}  // namespace plait
