#include <gmock/gmock.h>

#include <plait/deferred/defer_later.hpp>
#include <plait/deferred/looping_call.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>

#include "../support/recorded_log.hpp"

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

/// What became of a Deferred.
struct Outcome {
  explicit Outcome(const Deferred<void>& deferred) {
    deferred.addBoth([this](const Result<void>& result) {
      fired = true;
      if (!result) error = result.failure().getErrorMessage();
    });
  }
  Outcome(const Outcome&) = delete;
  bool fired = false;
  std::string error;
};

struct LoopingCallTest : ::testing::Test {
  void note() { calls.push_back(clock.seconds()); }

  Clock clock;
  std::vector<double> calls;
};

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
  EXPECT_TRUE(outcome.fired);
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
  EXPECT_FALSE(outcome.fired);
  loop.stop();
  EXPECT_FALSE(loop.running());
  EXPECT_TRUE(outcome.fired);
  EXPECT_EQ(outcome.error, "");
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
  EXPECT_TRUE(outcome.fired);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, CannotBeStartedFromInsideItsFunction) {
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&] {
    loop->stop();
    EXPECT_THROW(loop->start(1s), std::logic_error);
  });
  const Outcome outcome(loop->start(1s));
  EXPECT_TRUE(outcome.fired);
  EXPECT_EQ(outcome.error, "");
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
  EXPECT_FALSE(outcome.fired);
  EXPECT_THROW(loop.stop(), std::logic_error);
  EXPECT_THROW(loop.start(1s), std::logic_error);
  busy.callback();
  EXPECT_TRUE(outcome.fired);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, FailsWithWhatTheDeferredFailsWithThoughStopped) {
  Deferred<void> busy;
  LoopingCall loop(clock, [&] { return busy; });
  const Outcome outcome(loop.start(1s));
  loop.stop();
  busy.errback(std::runtime_error("lost"));
  EXPECT_EQ(outcome.error, "lost");
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
  EXPECT_EQ(outcome.error, "no more");
  EXPECT_FALSE(loop.running());
  EXPECT_EQ(clock.pendingCalls(), 0u);
  loop.start(1s);
  clock.advance(1s);
  EXPECT_THAT(calls, ElementsAre(0, 1, 1, 2));
}

TEST_F(LoopingCallTest, FailsRatherThanThrowsFromStart) {
  LoopingCall loop(clock, [] { throw std::runtime_error("at once"); });
  const Outcome outcome(loop.start(1s));
  EXPECT_EQ(outcome.error, "at once");
  EXPECT_FALSE(loop.running());
}

TEST_F(LoopingCallTest, EndsWithWhatItsDeferredFailsWith) {
  Deferred<int> busy;
  LoopingCall loop(clock, [&] { return busy; });
  const Outcome outcome(loop.start(1s));
  busy.errback(std::runtime_error("lost"));
  EXPECT_EQ(outcome.error, "lost");
  EXPECT_FALSE(loop.running());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, EndsWithTheFailureItsFunctionReturns) {
  LoopingCall failing(clock, [] { return Failure(std::runtime_error("a failure")); });
  EXPECT_EQ(Outcome(failing.start(1s)).error, "a failure");
  LoopingCall result(clock, [] { return Result<int>(Failure(std::runtime_error("a result"))); });
  EXPECT_EQ(Outcome(result.start(1s)).error, "a result");
}

// --- Counting --------------------------------------------------------------------------

struct LoopingCallWithCount : LoopingCallTest {
  auto noting() {
    return [this](std::int64_t count) { counts.emplace_back(clock.seconds(), count); };
  }
  std::vector<std::pair<double, std::int64_t>> counts;
};

TEST_F(LoopingCallWithCount, TellsHowManyIntervalsHavePassed) {
  LoopingCall loop = LoopingCall::withCount(clock, noting());
  loop.start(500ms);
  clock.pump({510ms, 1510ms});
  EXPECT_THAT(counts, ElementsAre(Pair(0, 1), Pair(0.51, 1), Pair(2.02, 3)));
}

TEST_F(LoopingCallWithCount, CountsFromItsStartWhenNotBeginningNow) {
  LoopingCall loop = LoopingCall::withCount(clock, noting());
  loop.start(500ms, false);
  clock.pump({1500ms, 500ms});
  EXPECT_THAT(counts, ElementsAre(Pair(1.5, 3), Pair(2, 1)));
}

TEST_F(LoopingCallWithCount, TellsOneWithIntervalZero) {
  std::optional<LoopingCall> loop;
  loop.emplace(LoopingCall::withCount(clock, [&](std::int64_t count) {
    counts.emplace_back(clock.seconds(), count);
    if (counts.size() == 3) loop->stop();
  }));
  loop->start(0s);
  clock.advance(7s);
  EXPECT_THAT(counts, ElementsAre(Pair(0, 1), Pair(7, 1), Pair(7, 1)));
}

TEST_F(LoopingCallWithCount, CountsWhatPassedWhileItsFunctionWasBusy) {
  Deferred<void> busy;
  LoopingCall loop = LoopingCall::withCount(clock, [&](std::int64_t count) {
    counts.emplace_back(clock.seconds(), count);
    return counts.size() == 1 ? busy : succeed();
  });
  loop.start(1s);
  clock.advance(3200ms);
  busy.callback();
  clock.advance(800ms);
  EXPECT_THAT(counts, ElementsAre(Pair(0, 1), Pair(4, 4)));
}

TEST_F(LoopingCallWithCount, CountsAnewAfterEachStart) {
  LoopingCall loop = LoopingCall::withCount(clock, noting());
  loop.start(1s);
  loop.stop();
  clock.advance(10s);
  loop.start(1s, false);
  clock.advance(1s);
  EXPECT_THAT(counts, ElementsAre(Pair(0, 1), Pair(11, 1)));
}

TEST_F(LoopingCallWithCount, CountsWholeIntervalsAcrossAReset) {
  LoopingCall loop = LoopingCall::withCount(clock, noting());
  loop.start(10s);
  clock.advance(5s);
  loop.reset();
  clock.pump({10s, 10s});
  EXPECT_THAT(counts, ElementsAre(Pair(0, 1), Pair(15, 1), Pair(25, 1)));
}

TEST_F(LoopingCallWithCount, TakesTheLongestInterval) {
  LoopingCall loop = LoopingCall::withCount(clock, noting());
  loop.start(Duration::max());
  EXPECT_THAT(counts, ElementsAre(Pair(0, 1)));
}

// --- Cancelling ------------------------------------------------------------------------

TEST_F(LoopingCallTest, EndsWhenItsDeferredIsCancelled) {
  LoopingCall loop(clock, [&] { note(); });
  const Deferred<void> deferred = loop.start(1s);
  const Outcome outcome(deferred);
  deferred.cancel();
  EXPECT_EQ(outcome.error, "The Deferred was cancelled.");
  EXPECT_FALSE(loop.running());
  EXPECT_EQ(clock.pendingCalls(), 0u);
  EXPECT_THROW(loop.stop(), std::logic_error);
  loop.start(1s);
  EXPECT_THAT(calls, ElementsAre(0, 0));
}

TEST_F(LoopingCallTest, CancelsWhatItsFunctionWaitsForWhenCancelled) {
  bool interrupted = false;
  LoopingCall loop(clock, [&]() -> Deferred<void> {
    try {
      co_await deferLater(clock, 10s);
    } catch (const CancelledError&) {
      interrupted = true;
      throw;
    }
  });
  const Deferred<void> deferred = loop.start(1s);
  const Outcome outcome(deferred);
  deferred.cancel();
  EXPECT_TRUE(interrupted);
  EXPECT_EQ(outcome.error, "The Deferred was cancelled.");
  EXPECT_EQ(clock.pendingCalls(), 0u);
  loop.start(1s).addErrback([] {});
}

TEST_F(LoopingCallTest, MayBeCancelledFromInsideItsFunction) {
  std::optional<Deferred<void>> deferred;
  LoopingCall loop(clock, [&] {
    note();
    if (deferred) deferred->cancel();
  });
  deferred = loop.start(1s);
  const Outcome outcome(*deferred);
  clock.advance(1s);
  EXPECT_EQ(outcome.error, "The Deferred was cancelled.");
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, CannotBeStartedWhileACancelledCallGoesOn) {
  Deferred<void> stubborn([](Deferred<void>&) {});
  Deferred<void> cleanup;
  LoopingCall loop(clock, [&]() -> Deferred<void> {
    try {
      co_await stubborn;
    } catch (const CancelledError&) {
    }
    co_await cleanup;
  });
  const Deferred<void> deferred = loop.start(1s);
  const Outcome outcome(deferred);
  deferred.cancel();
  EXPECT_EQ(outcome.error, "The Deferred was cancelled.");
  EXPECT_THROW(loop.start(1s), std::logic_error);
  cleanup.callback();
  EXPECT_NO_THROW(loop.start(1s));
}

// --- Destroying ------------------------------------------------------------------------

TEST_F(LoopingCallTest, EndsWhenDestroyed) {
  auto captured = std::make_shared<int>();
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [this, captured] { note(); });
  const Deferred<void> deferred = loop->start(1s);
  const Outcome outcome(deferred);
  loop.reset();
  EXPECT_EQ(clock.pendingCalls(), 0u);
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_FALSE(outcome.fired);
  deferred.cancel();
  EXPECT_EQ(outcome.error, "The Deferred was cancelled.");
}

TEST_F(LoopingCallTest, MayBeDestroyedFromInsideItsFunction) {
  auto captured = std::make_shared<int>(7);
  std::optional<LoopingCall> loop;
  int seen = 0;
  loop.emplace(clock, [&, captured] {
    loop.reset();
    seen = *captured;
  });
  loop->start(1s, false);
  clock.advance(1s);
  EXPECT_EQ(seen, 7);
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, MayBeDestroyedFromInsideTheCallThatStartMakes) {
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&] { loop.reset(); });
  const Outcome outcome(loop->start(1s));
  EXPECT_FALSE(outcome.fired);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, MayBeDestroyedFromItsDeferredsCallback) {
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&] { note(); });
  loop->start(1s).addCallback([&] { loop.reset(); });
  loop->stop();
  EXPECT_FALSE(loop.has_value());

  loop.emplace(clock, [&] { throw std::runtime_error("lost"); });
  loop->start(1s, false).addErrback([&] { loop.reset(); });
  clock.advance(1s);
  EXPECT_FALSE(loop.has_value());
}

TEST_F(LoopingCallTest, CancelsWhatItsFunctionWaitsForWhenDestroyed) {
  std::vector<std::string> said;
  auto captured = std::make_shared<std::string>("interrupted");
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [this, &said, captured]() -> Deferred<void> {
    try {
      co_await deferLater(clock, 10s);
    } catch (const CancelledError&) {
      said.push_back(*captured);
      throw;
    }
  });
  loop->start(1s);
  loop.reset();
  EXPECT_THAT(said, ElementsAre("interrupted"));
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, KeepsItsFunctionUntilACoroutineThatWillNotBeCancelledHasEnded) {
  std::vector<std::string> said;
  auto captured = std::make_shared<std::string>("done");
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [this, &said, captured]() -> Deferred<void> {
    try {
      co_await deferLater(clock, 10s);
    } catch (const CancelledError&) {
    }
    co_await deferLater(clock, 1s);
    said.push_back(*captured);
  });
  loop->start(1s);
  loop.reset();
  EXPECT_EQ(captured.use_count(), 2);
  clock.advance(1s);
  EXPECT_THAT(said, ElementsAre("done"));
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(LoopingCallTest, LetsGoOfAFunctionWhoseDeferredNeverFires) {
  auto captured = std::make_shared<int>();
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [captured]() -> Deferred<void> {
    try {
      co_await Deferred<void>();
    } catch (const CancelledError&) {
    }
    co_await Deferred<void>();  // nobody will fire this one: the coroutine is destroyed
  });
  loop->start(1s);
  loop.reset();
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(LoopingCallTest, MayBeDestroyedByItsCoroutine) {
  std::vector<std::string> said;
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&]() -> Deferred<void> {
    co_await deferLater(clock, 1s);
    loop.reset();
    said.push_back("destroyed");
    co_await deferLater(clock, 1s);  // is cancelled at once
    said.push_back("not reached");
  });
  loop->start(1s);
  clock.advance(1s);
  EXPECT_THAT(said, ElementsAre("destroyed"));
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(LoopingCallTest, CancelsTheDeferredOfAFunctionThatDestroyedIt) {
  bool cancelled = false;
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&] {
    loop.reset();
    return Deferred<void>([&](Deferred<void>&) { cancelled = true; });
  });
  loop->start(1s);
  EXPECT_TRUE(cancelled);
}

TEST_F(LoopingCallTest, LogsWhatGoesWrongAfterItsEnd) {
  testing::RecordedLog recorded;
  const auto observer =
      standardLog().addObserver([&](const LogEvent& event) { recorded.log.emit(event); });
  std::optional<LoopingCall> loop;
  loop.emplace(clock, [&] {
    loop.reset();
    throw std::runtime_error("afterwards");
  });
  ::testing::internal::CaptureStderr();
  loop->start(1s);
  ::testing::internal::GetCapturedStderr();
  standardLog().removeObserver(observer);
  EXPECT_THAT(recorded.failures(), ElementsAre("afterwards"));
}

TEST_F(LoopingCallTest, OutlivesItsClock) {
  std::optional<Clock> shortLived(std::in_place);
  LoopingCall loop(*shortLived, [] {});
  loop.start(1s);
  shortLived.reset();
}

TEST_F(LoopingCallTest, EndsTheLoopThatIsAssignedOver) {
  LoopingCall loop(clock, [&] { note(); });
  loop.start(1s);
  loop = LoopingCall(clock, [] {});
  clock.advance(1s);
  EXPECT_THAT(calls, ElementsAre(0));
  EXPECT_FALSE(loop.running());
}

TEST_F(LoopingCallTest, GoesOnWhenMoved) {
  LoopingCall loop(clock, [&] { note(); });
  loop.start(1s);
  LoopingCall moved = std::move(loop);
  clock.advance(1s);
  EXPECT_THAT(calls, ElementsAre(0, 1));
  EXPECT_TRUE(moved.running());
}

}  // namespace
}  // namespace plait
