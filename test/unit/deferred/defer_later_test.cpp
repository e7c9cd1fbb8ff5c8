#include <gmock/gmock.h>

#include <memory>
#include <plait/deferred/defer_later.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;

struct DeferLaterTest : ::testing::Test {
  Clock clock;
};

/// A reactor refuses negative delays, which a Clock does not.
struct StrictClock : Clock {
  DelayedCall callLater(Duration delay, UniqueFunction<void()> call) override {
    if (delay < 0s) throw std::invalid_argument("negative delay");
    return Clock::callLater(delay, std::move(call));
  }
};

TEST_F(DeferLaterTest, FiresAfterTheDelay) {
  const Deferred<void> deferred = deferLater(clock, 1s);
  clock.advance(999ms);
  EXPECT_FALSE(deferred.called());
  clock.advance(1ms);
  EXPECT_TRUE(deferred.called());
}

TEST_F(DeferLaterTest, GivesWhatItsFunctionReturns) {
  int seen = 0;
  deferLater(clock, 1s, [] { return 42; }).addCallback([&](int n) { seen = n; });
  EXPECT_EQ(seen, 0);
  clock.advance(1s);
  EXPECT_EQ(seen, 42);
}

TEST_F(DeferLaterTest, PassesArgumentsOn) {
  int seen = 0;
  auto add = [](int a, std::unique_ptr<int> b) { return a + *b; };
  deferLater(clock, 1s, add, 1, std::make_unique<int>(2)).addCallback([&](int n) { seen = n; });
  clock.advance(1s);
  EXPECT_EQ(seen, 3);
}

TEST_F(DeferLaterTest, TakesMoveOnlyFunctionsAndValues) {
  int seen = 0;
  deferLater(clock, 1s, [n = std::make_unique<int>(5)]() mutable {
    return std::move(n);
  }).addCallback([&](std::unique_ptr<int> n) { seen = *n; });
  clock.advance(1s);
  EXPECT_EQ(seen, 5);
}

TEST_F(DeferLaterTest, CallsAFunctionThatReturnsNothing) {
  bool called = false;
  const Deferred<void> deferred = deferLater(clock, 1s, [&] { called = true; });
  clock.advance(1s);
  EXPECT_TRUE(called);
  EXPECT_TRUE(deferred.called());
}

TEST_F(DeferLaterTest, CallsThoughNobodyKeepsTheDeferred) {
  bool called = false;
  deferLater(clock, 1s, [&] { called = true; });
  clock.advance(1s);
  EXPECT_TRUE(called);
}

TEST_F(DeferLaterTest, FollowsADeferred) {
  Deferred<int> inner;
  int seen = 0;
  deferLater(clock, 1s, [&] { return inner; }).addCallback([&](int n) { seen = n; });
  clock.advance(1s);
  EXPECT_EQ(seen, 0);
  inner.callback(7);
  EXPECT_EQ(seen, 7);
}

TEST_F(DeferLaterTest, KeepsACoroutinesCapturesUntilItHasEnded) {
  auto captured = std::make_shared<int>(7);
  int seen = 0;
  deferLater(clock, 1s, [this, captured]() -> Deferred<int> {
    co_await deferLater(clock, 1s);
    co_return *captured;
  }).addCallback([&](int n) { seen = n; });
  clock.advance(1s);
  EXPECT_EQ(captured.use_count(), 2);
  clock.advance(1s);
  EXPECT_EQ(seen, 7);
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(DeferLaterTest, GivesAResult) {
  int seen = 0;
  deferLater(clock, 1s, [] { return Result<int>(3); }).addCallback([&](int n) { seen = n; });
  clock.advance(1s);
  EXPECT_EQ(seen, 3);
}

TEST_F(DeferLaterTest, FailsWithWhatItsFunctionThrows) {
  std::string error;
  deferLater(clock, 1s, []() -> int {
    throw std::runtime_error("lost");
  }).addErrback([&](const Failure& failure) {
    error = failure.getErrorMessage();
    return 0;
  });
  clock.advance(1s);
  EXPECT_EQ(error, "lost");
}

TEST_F(DeferLaterTest, CancelsItsTimer) {
  bool called = false;
  bool cancelled = false;
  const auto deferred = deferLater(clock, 1s, [&] { called = true; });
  deferred.addErrback([&](const Failure& f) { cancelled = f.check<CancelledError>() != nullptr; });
  deferred.cancel();
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(clock.pendingCalls(), 0u);
  clock.advance(1s);
  EXPECT_FALSE(called);
}

TEST_F(DeferLaterTest, CancelsItsTimerWithoutAFunction) {
  bool cancelled = false;
  const auto deferred = deferLater(clock, 1s);
  deferred.addErrback([&](const Failure& f) { cancelled = f.check<CancelledError>() != nullptr; });
  deferred.cancel();
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(DeferLaterTest, CancelsWhatItsFunctionWaitsFor) {
  bool cancelled = false;
  Deferred<int> inner([&](Deferred<int>&) { cancelled = true; });
  const auto deferred = deferLater(clock, 1s, [&] { return inner; });
  deferred.addErrback([] { return 0; });
  clock.advance(1s);
  deferred.cancel();
  EXPECT_TRUE(cancelled);
}

TEST_F(DeferLaterTest, IgnoresACancelThatComesTooLate) {
  const auto deferred = deferLater(clock, 1s);
  clock.advance(1s);
  EXPECT_NO_THROW(deferred.cancel());
}

TEST_F(DeferLaterTest, IsAwaited) {
  std::vector<double> woken;
  [](Clock& time, std::vector<double>& at) -> Deferred<void> {
    co_await deferLater(time, 1s);
    at.push_back(time.seconds());
    at.push_back(co_await deferLater(time, 2s, [&] { return time.seconds(); }));
  }(clock, woken);
  clock.pump({1s, 2s});
  EXPECT_THAT(woken, ::testing::ElementsAre(1, 3));
}

TEST_F(DeferLaterTest, ThrowsAtOnceWhatTheClockRefuses) {
  StrictClock strict;
  EXPECT_THROW(deferLater(strict, -1s), std::invalid_argument);
  EXPECT_THROW(deferLater(strict, -1s, [] {}), std::invalid_argument);
}

TEST_F(DeferLaterTest, LetsGoOfEverythingWhenTheClockIsDestroyed) {
  auto captured = std::make_shared<int>();
  std::optional<Clock> shortLived(std::in_place);
  const auto kept = deferLater(*shortLived, 1s);
  deferLater(*shortLived, 1s, [captured] {});
  shortLived.reset();
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_FALSE(kept.called());
}

}  // namespace
}  // namespace plait
