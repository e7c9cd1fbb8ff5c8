#include <gmock/gmock.h>
#include <plait/deferred/defer_later.hpp>
#include <plait/deferred/looping_call.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>

#include "../support/recorded_log.hpp"
#include "support/looping_call_fixture.hpp"

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::LoopingCallTest;
using testing::Outcome;
using ::testing::Pair;

// --- When it calls ---------------------------------------------------------------------

TEST_F(LoopingCallTest, CallsAtOnceAndThenAtEveryInterval) {
  LoopingCall loop(clock, [&] { note(); });
  loop.start(1s);
  EXPECT_THAT(calls, ElementsAre(0));
  clock.pump({500ms, 500ms, 1s});
  EXPECT_THAT(calls, ElementsAre(0, 1, 2));
}

TEST_F(LoopingCallTest, WaitsForTheFirstIntervalWhenNotToBeginNow) {
  LoopingCall loop(clock, [&] { note(); });
  loop.start(1s, false);
  EXPECT_THAT(calls, IsEmpty());
  clock.pump({1s, 1s});
  EXPECT_THAT(calls, ElementsAre(1, 2));
}

TEST_F(LoopingCallTest, LeavesOutTheTimesItMissed) {
  LoopingCall loop(clock, [&] { note(); });
  loop.start(500ms);
  clock.pump({2s, 1s});
  EXPECT_THAT(calls, ElementsAre(0, 2, 3));
}

TEST_F(LoopingCallTest, StaysOnItsGridThoughTheClockIsLate) {
  LoopingCall loop(clock, [&] { note(); });
  loop.start(1s);
  clock.pump({1300ms, 500ms, 200ms, 1s});
  EXPECT_THAT(calls, ElementsAre(0, 1.3, 2, 3));
}

TEST_F(LoopingCallTest, IsExactAfterAnyNumberOfIntervals) {
  std::int64_t count = 0;
  LoopingCall loop(clock, [&] { ++count; });
  loop.start(333333333ns);  // no binary fraction of a second
  for (int i = 0; i < 100'000; ++i) clock.advance(333333333ns);
  EXPECT_EQ(count, 100'001);
}

TEST_F(LoopingCallTest, CallsInEveryTurnWithIntervalZero) {
  int count = 0;
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&] {
    if (++count == 5) loop->stop();
  });
  const Outcome outcome(loop->start(0s));
  EXPECT_EQ(count, 1);  // not from inside start
  clock.advance(0s);
  EXPECT_EQ(count, 5);
  EXPECT_FALSE(outcome.pending());
}

TEST_F(LoopingCallTest, TellsItsInterval) {
  LoopingCall loop(clock, [] {});
  EXPECT_EQ(loop.interval(), 0s);
  loop.start(250ms);
  EXPECT_EQ(loop.interval(), 250ms);
}

// --- Starting and stopping -------------------------------------------------------------

TEST_F(LoopingCallTest, FiresWhenStopped) {
  LoopingCall loop(clock, [&] { note(); });
  EXPECT_FALSE(loop.running());
  const Outcome outcome(loop.start(1s));
  EXPECT_TRUE(loop.running());
  EXPECT_TRUE(outcome.pending());
  loop.stop();
  EXPECT_FALSE(loop.running());
  EXPECT_FALSE(outcome.pending());
  EXPECT_EQ(outcome.message(), "");
  EXPECT_EQ(clock.pendingCalls(), 0u);
  clock.advance(10s);
  EXPECT_THAT(calls, ElementsAre(0));
}

TEST_F(LoopingCallTest, RefusesWhatDoesNotFitItsState) {
  LoopingCall loop(clock, [] {});
  EXPECT_THROW(loop.stop(), std::logic_error);
  EXPECT_THROW(loop.reset(), std::logic_error);
  EXPECT_THROW(loop.start(-1ns), std::invalid_argument);
  EXPECT_FALSE(loop.running());
  loop.start(1s);
  EXPECT_THROW(loop.start(1s), std::logic_error);
  loop.stop();
  EXPECT_THROW(loop.stop(), std::logic_error);
}

TEST_F(LoopingCallTest, NamesTheMistakeAsTwistedDoes) {
  LoopingCall loop(clock, [] {});
  try {
    loop.stop();
    FAIL();
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "Tried to stop a LoopingCall that was not running.");
  }
  try {
    loop.start(-1s);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "interval must be >= 0");
  }
}

TEST_F(LoopingCallTest, MayBeStartedAgainFromItsDeferred) {
  LoopingCall loop(clock, [&] { note(); });
  loop.start(1s).addCallback([&] { loop.start(5s); });
  clock.advance(2s);
  loop.stop();
  EXPECT_TRUE(loop.running());
  clock.advance(5s);
  EXPECT_THAT(calls, ElementsAre(0, 2, 2, 7));
}

TEST_F(LoopingCallTest, MayStopFromInsideItsFunction) {
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&] {
    note();
    if (calls.size() == 2) loop->stop();
  });
  const Outcome outcome(loop->start(1s));
  clock.pump({1s, 1s});
  EXPECT_THAT(calls, ElementsAre(0, 1));
  EXPECT_FALSE(outcome.pending());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, CannotBeStartedFromInsideItsFunction) {
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&] {
    loop->stop();
    EXPECT_THROW(loop->start(1s), std::logic_error);
  });
  const Outcome outcome(loop->start(1s));
  EXPECT_FALSE(outcome.pending());
  EXPECT_EQ(outcome.message(), "");
}

// --- Reset -----------------------------------------------------------------------------

TEST_F(LoopingCallTest, BeginsTheIntervalAnewAtReset) {
  LoopingCall loop(clock, [&] { note(); });
  loop.start(10s, false);
  clock.advance(5s);
  loop.reset();
  clock.advance(9s);
  EXPECT_THAT(calls, IsEmpty());
  clock.advance(1s);
  EXPECT_THAT(calls, ElementsAre(15));
  clock.advance(10s);
  EXPECT_THAT(calls, ElementsAre(15, 25));
}

TEST_F(LoopingCallTest, MayResetFromInsideItsFunction) {
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&] {
    note();
    loop->reset();
  });
  loop->start(1s);
  clock.pump({1500ms, 500ms, 500ms});
  EXPECT_THAT(calls, ElementsAre(0, 1.5, 2.5));
}

TEST_F(LoopingCallTest, ResetsWhileItsFunctionIsBusy) {
  Deferred<void> busy;
  LoopingCall loop(clock, [&] {
    note();
    return calls.size() == 1 ? busy : succeed();
  });
  loop.start(10s);
  clock.advance(3s);
  loop.reset();
  clock.advance(2s);
  busy.callback();
  clock.advance(7s);
  EXPECT_THAT(calls, ElementsAre(0));
  clock.advance(1s);
  EXPECT_THAT(calls, ElementsAre(0, 13));
}

// --- Functions that return a Deferred --------------------------------------------------

TEST_F(LoopingCallTest, WaitsForTheDeferredItsFunctionReturns) {
  Deferred<void> busy;
  LoopingCall loop(clock, [&] {
    note();
    return calls.size() == 1 ? busy : succeed();
  });
  loop.start(1s);
  clock.advance(5s);
  EXPECT_THAT(calls, ElementsAre(0));
  busy.callback();
  EXPECT_THAT(calls, ElementsAre(0));
  clock.advance(999ms);
  EXPECT_THAT(calls, ElementsAre(0));
  clock.advance(1ms);
  EXPECT_THAT(calls, ElementsAre(0, 6));
}

TEST_F(LoopingCallTest, FiresAfterTheDeferredWhenStoppedWhileWaiting) {
  Deferred<void> busy;
  LoopingCall loop(clock, [&] { return busy; });
  const Outcome outcome(loop.start(1s));
  loop.stop();
  EXPECT_FALSE(loop.running());
  EXPECT_TRUE(outcome.pending());
  EXPECT_THROW(loop.stop(), std::logic_error);
  EXPECT_THROW(loop.start(1s), std::logic_error);
  busy.callback();
  EXPECT_FALSE(outcome.pending());
  EXPECT_EQ(outcome.message(), "");
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, FailsWithWhatTheDeferredFailsWithThoughStopped) {
  Deferred<void> busy;
  LoopingCall loop(clock, [&] { return busy; });
  const Outcome outcome(loop.start(1s));
  loop.stop();
  busy.errback(std::runtime_error("lost"));
  EXPECT_EQ(outcome.message(), "lost");
}

TEST_F(LoopingCallTest, IgnoresTheValuesOfItsFunction) {
  int count = 0;
  LoopingCall values(clock, [&] { return ++count; });
  LoopingCall results(clock, [&] { return Result<int>(++count); });
  LoopingCall deferreds(clock, [&] { return succeed(std::make_unique<int>(++count)); });
  values.start(1s);
  results.start(1s);
  deferreds.start(1s);
  clock.advance(1s);
  EXPECT_EQ(count, 6);
}

TEST_F(LoopingCallTest, RunsACoroutine) {
  LoopingCall loop(clock, [this]() -> Deferred<void> {
    note();
    co_await deferLater(clock, 1500ms);
    note();
  });
  loop.start(1s);
  clock.pump({1500ms, 500ms, 1500ms});
  EXPECT_THAT(calls, ElementsAre(0, 1.5, 2, 3.5));
}

// --- Failures --------------------------------------------------------------------------

TEST_F(LoopingCallTest, EndsWithWhatItsFunctionThrows) {
  LoopingCall loop(clock, [&] {
    note();
    if (calls.size() == 2) throw std::runtime_error("no more");
  });
  const Outcome outcome(loop.start(1s));
  clock.advance(1s);
  EXPECT_EQ(outcome.message(), "no more");
  EXPECT_FALSE(loop.running());
  EXPECT_EQ(clock.pendingCalls(), 0u);
  loop.start(1s);
  clock.advance(1s);
  EXPECT_THAT(calls, ElementsAre(0, 1, 1, 2));
}

TEST_F(LoopingCallTest, FailsRatherThanThrowsFromStart) {
  LoopingCall loop(clock, [] { throw std::runtime_error("at once"); });
  const Outcome outcome(loop.start(1s));
  EXPECT_EQ(outcome.message(), "at once");
  EXPECT_FALSE(loop.running());
}

TEST_F(LoopingCallTest, EndsWithWhatItsDeferredFailsWith) {
  Deferred<int> busy;
  LoopingCall loop(clock, [&] { return busy; });
  const Outcome outcome(loop.start(1s));
  busy.errback(std::runtime_error("lost"));
  EXPECT_EQ(outcome.message(), "lost");
  EXPECT_FALSE(loop.running());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, EndsWithTheFailureItsFunctionReturns) {
  LoopingCall failing(clock, [] { return Failure(std::runtime_error("a failure")); });
  EXPECT_EQ(Outcome(failing.start(1s)).message(), "a failure");
  LoopingCall result(clock, [] { return Result<int>(Failure(std::runtime_error("a result"))); });
  EXPECT_EQ(Outcome(result.start(1s)).message(), "a result");
}

}  // namespace
}  // namespace plait
