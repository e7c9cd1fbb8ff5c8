#include <optional>
#include <plait/deferred/deferred.hpp>
#include <plait/deferred/gather_results.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>

#include "support/outcome.hpp"

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;
using testing::Outcome;

/// Rule 8.

TEST(AddTimeout, PassesAResultThatComesInTime) {
  Clock clock;
  Deferred<int> deferred;
  Outcome outcome(deferred.addTimeout(10s, clock));
  clock.advance(9s);
  deferred.callback(1);
  EXPECT_EQ(outcome.value(), 1);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST(AddTimeout, PassesAFailureThatComesInTime) {
  Clock clock;
  Deferred<int> deferred;
  const Outcome outcome(deferred.addTimeout(10s, clock));
  deferred.errback(ConnectionLost());
  EXPECT_TRUE(outcome.failedWith<ConnectionLost>());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST(AddTimeout, PassesAResultThatIsThere) {
  Clock clock;
  EXPECT_EQ(Outcome(succeed(1).addTimeout(10s, clock)).value(), 1);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST(AddTimeout, GivesTimeoutErrorWhenTheTimeIsOver) {
  Clock clock;
  const Deferred<int> deferred;
  const Outcome outcome(deferred.addTimeout(10s, clock));
  clock.advance(9s);
  EXPECT_TRUE(outcome.pending());
  clock.advance(1s);
  EXPECT_TRUE(outcome.failedWith<TimeoutError>());
  EXPECT_THAT(outcome.message(), ::testing::HasSubstr("10 s"));
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST(AddTimeout, IgnoresTheResultThatComesTooLate) {
  Clock clock;
  Deferred<int> deferred;
  const Outcome outcome(deferred.addTimeout(10s, clock));
  clock.advance(10s);
  EXPECT_NO_THROW(deferred.callback(1));
  EXPECT_THROW(deferred.callback(1), AlreadyCalledError);
  EXPECT_TRUE(outcome.failedWith<TimeoutError>());
}

TEST(AddTimeout, LeavesTheUsersOwnCancelAsItIs) {
  Clock clock;
  const Deferred<int> deferred;
  const auto timed = deferred.addTimeout(10s, clock);
  const Outcome outcome(timed);
  timed.cancel();
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST(AddTimeout, HeedsWhatTheCancellerGives) {
  Clock clock;
  const Deferred<int> value([](Deferred<int>& self) { self.callback(7); });
  const Deferred<int> failure([](Deferred<int>& self) { self.errback(ConnectionLost()); });
  Outcome first(value.addTimeout(10s, clock));
  const Outcome second(failure.addTimeout(10s, clock));
  clock.advance(10s);
  EXPECT_EQ(first.value(), 7);
  EXPECT_TRUE(second.failedWith<ConnectionLost>());
}

TEST(AddTimeout, AsksOnTimeoutCancel) {
  Clock clock;
  const Deferred<int> deferred;
  Outcome outcome(deferred.addTimeout(10s, clock, [](const Result<int>& result, Duration after) {
    EXPECT_FALSE(result.success());
    EXPECT_TRUE(result.failure().check<CancelledError>());
    EXPECT_EQ(after, 10s);
    return 42;
  }));
  clock.advance(10s);
  EXPECT_EQ(outcome.value(), 42);
}

TEST(AddTimeout, TakesAFailureFromOnTimeoutCancel) {
  Clock clock;
  const Deferred<int> first, second;
  const Outcome returned(
      first.addTimeout(1s, clock, [](Result<int>, Duration) { return Failure(ConnectionLost()); }));
  const Outcome thrown(second.addTimeout(
      1s, clock, [](Result<int>, Duration) -> int { throw std::runtime_error("own"); }));
  clock.advance(1s);
  EXPECT_TRUE(returned.failedWith<ConnectionLost>());
  EXPECT_EQ(thrown.message(), "own");
}

TEST(AddTimeout, DoesNotAskOnTimeoutCancelInTimeOrForTheUsersCancel) {
  Clock clock;
  Deferred<int> fired, cancelled;
  const auto never = [](Result<int>, Duration) {
    ADD_FAILURE();
    return 0;
  };
  Outcome first(fired.addTimeout(1s, clock, never));
  const Outcome second(cancelled.addTimeout(1s, clock, never));
  fired.callback(1);
  cancelled.cancel();
  EXPECT_EQ(first.value(), 1);
  EXPECT_TRUE(second.failedWith<CancelledError>());
}

TEST(AddTimeout, WorksWithoutAValue) {
  Clock clock;
  Deferred<void> late, inTime;
  const Outcome first(late.addTimeout(1s, clock)), second(inTime.addTimeout(1s, clock));
  inTime.callback();
  clock.advance(1s);
  EXPECT_TRUE(first.failedWith<TimeoutError>());
  EXPECT_TRUE(second.succeeded());
}

TEST(AddTimeout, WorksWithMoveOnlyValues) {
  Clock clock;
  Deferred<std::unique_ptr<int>> deferred;
  Outcome outcome(deferred.addTimeout(1s, clock));
  deferred.callback(std::make_unique<int>(5));
  EXPECT_EQ(*outcome.value(), 5);
}

TEST(AddTimeout, CancelsTheOneThatIsWaitedFor) {
  Clock clock;
  const Deferred<int> inner;
  const auto outer = succeed().addCallback([=] { return inner; }).addTimeout(1s, clock);
  const Outcome outcome(outer);
  clock.advance(1s);
  EXPECT_TRUE(inner.called());
  EXPECT_TRUE(outcome.failedWith<TimeoutError>());
}

TEST(AddTimeout, OfTheInnerOfTwoWins) {
  Clock clock;
  const Deferred<int> deferred;
  const Outcome outcome(deferred.addTimeout(1s, clock).addTimeout(2s, clock));
  clock.advance(1s);
  EXPECT_THAT(outcome.message(), ::testing::HasSubstr(" 1 s"));
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

Deferred<int> waitsFor(Deferred<int> inner) {
  co_return co_await std::move(inner);
}

TEST(AddTimeout, CancelsWhatACoroutineAwaits) {
  Clock clock;
  const Deferred<int> inner;
  const Outcome outcome(waitsFor(inner).addTimeout(1s, clock));
  clock.advance(1s);
  EXPECT_TRUE(inner.called());
  EXPECT_TRUE(outcome.failedWith<TimeoutError>());
}

TEST(AddTimeout, SchedulesNothingWhenTheHandleIsRefused) {
  Clock clock;
  Deferred<int> deferred;
  deferred.addCallback([](int) {});
  EXPECT_THROW(deferred.addTimeout(1s, clock), std::logic_error);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST(AddTimeout, IsOffWhenItsClockHasGone) {
  auto clock = std::make_optional<Clock>();
  Deferred<int> deferred, cancelled;
  Outcome first(deferred.addTimeout(1s, *clock, [](Result<int>, Duration) { return -1; }));
  const Outcome second(cancelled.addTimeout(1s, *clock));
  clock.reset();
  deferred.callback(3);
  cancelled.cancel();
  EXPECT_EQ(first.value(), 3);
  EXPECT_TRUE(second.failedWith<CancelledError>());
}

TEST(AddTimeout, MayLetGoOfAllHandlesInOnTimeoutCancel) {
  Clock clock;
  auto deferred = std::make_optional<Deferred<int>>();
  deferred->addTimeout(1s, clock, [&](Result<int>, Duration) {
    deferred.reset();
    return 0;
  });
  clock.advance(1s);
  EXPECT_FALSE(deferred);
}

TEST(AddTimeout, TimesOutSeveralThatWereGathered) {
  testing::Clock clock;
  std::vector<Deferred<int>> slow{Deferred<int>(), Deferred<int>()};
  auto all = gatherResults(slow, {.consumeErrors = true}).addTimeout(1s, clock);
  clock.advance(1s);
  bool timedOut = false;
  all.addErrback([&](const Failure& why) {
    timedOut = why.check<TimeoutError>();
    return std::vector<int>();
  });
  EXPECT_TRUE(timedOut);
}

}  // namespace
}  // namespace plait
