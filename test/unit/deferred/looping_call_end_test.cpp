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
  EXPECT_EQ(outcome.message(), "The Deferred was cancelled.");
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
  EXPECT_EQ(outcome.message(), "The Deferred was cancelled.");
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
  EXPECT_EQ(outcome.message(), "The Deferred was cancelled.");
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
  EXPECT_EQ(outcome.message(), "The Deferred was cancelled.");
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
  EXPECT_TRUE(outcome.pending());
  deferred.cancel();
  EXPECT_EQ(outcome.message(), "The Deferred was cancelled.");
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
  EXPECT_TRUE(outcome.pending());
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
