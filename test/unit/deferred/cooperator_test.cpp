#include <gmock/gmock.h>
#include <memory>
#include <plait/deferred/cooperator.hpp>
#include <plait/deferred/defer_later.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>

#include "support/cooperator_fixture.hpp"

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;
using testing::CooperativeTaskTest;
using testing::CooperatorTest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Outcome;

// --- Taking turns ----------------------------------------------------------------------

TEST_F(CooperatorTest, DoesItsWorkInTheReactorsTurns) {
  Cooperator cooperator(clock);
  const Outcome done(cooperator.coiterate(noting("a", 3)));
  EXPECT_THAT(said, IsEmpty());
  turn();
  EXPECT_THAT(said, ElementsAre("a", "a", "a"));
  EXPECT_TRUE(done.succeeded());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(CooperatorTest, TakesOneStepOfEachTaskInTurn) {
  Cooperator cooperator(clock);
  cooperator.coiterate(noting("a", 3));
  cooperator.coiterate(noting("b", 1));
  cooperator.coiterate(noting("c", 2));
  turn();
  EXPECT_THAT(said, ElementsAre("a", "b", "c", "a", "c", "a"));
}

TEST_F(CooperatorTest, GoesOnWithTheNextTaskInTheNextSlice) {
  Cooperator cooperator(clock, stepwise());
  cooperator.coiterate(noting("a", 2));
  cooperator.coiterate(noting("b", 2));
  turn();
  EXPECT_THAT(said, ElementsAre("a"));
  turn();
  EXPECT_THAT(said, ElementsAre("a", "b"));
  turn();
  turn();
  EXPECT_THAT(said, ElementsAre("a", "b", "a", "b"));
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(CooperatorTest, EndsASliceWhenItsTimeIsOver) {
  struct RunningClock : Clock {
    TimePoint now() const override { return Clock::now() + work; }
    Duration work{};
  } running;
  int count = 0;
  Cooperator cooperator(running);
  cooperator.coiterate([&] {
    running.work += 3ms;
    ++count;
    return true;
  });
  running.advance(10ns);
  EXPECT_EQ(count, 4);  // 3, 6, 9, 12 ms
  running.advance(10ns);
  EXPECT_EQ(count, 8);
}

TEST_F(CooperatorTest, AsksThePredicateAfterEachStep) {
  int slices = 0;
  Cooperator cooperator(clock, {.terminationPredicateFactory = [&] {
                          ++slices;
                          return [left = 3]() mutable { return --left == 0; };
                        }});
  cooperator.coiterate(endless());
  turn();
  EXPECT_EQ(steps, 3);
  turn();
  EXPECT_EQ(steps, 6);
  EXPECT_EQ(slices, 2);
}

TEST_F(CooperatorTest, GoesOnAfterAPredicateThatThrows) {
  Cooperator cooperator(clock, {.terminationPredicateFactory = [&] {
                          return []() -> bool { throw std::runtime_error("predicate"); };
                        }});
  cooperator.coiterate(endless());
  EXPECT_THROW(turn(), std::runtime_error);
  EXPECT_THROW(turn(), std::runtime_error);
  EXPECT_EQ(steps, 2);
}

TEST_F(CooperatorTest, WaitsTheDelayBetweenSlices) {
  Cooperator cooperator(clock, {.slice = 0s, .delay = 1s});
  cooperator.coiterate(endless());
  clock.advance(999ms);
  EXPECT_EQ(steps, 0);
  clock.advance(1ms);
  EXPECT_EQ(steps, 1);
  clock.advance(1s);
  EXPECT_EQ(steps, 2);
}

TEST_F(CooperatorTest, TakesOnWorkFromInsideAStep) {
  Cooperator cooperator(clock);
  cooperator.coiterate([&, left = 2]() mutable {
    said.push_back("a");
    if (left == 2) cooperator.coiterate(noting("new", 2));
    return --left > 0;
  });
  cooperator.coiterate(noting("b", 2));
  turn();
  EXPECT_THAT(said, ElementsAre("a", "b", "new", "a", "b", "new"));
}

TEST_F(CooperatorTest, RefusesEmptyWork) {
  Cooperator cooperator(clock);
  EXPECT_THROW(cooperator.cooperate({}), std::invalid_argument);
}

// --- What a step returns ---------------------------------------------------------------

TEST_F(CooperatorTest, WaitsForTheDeferredOfAStep) {
  Cooperator cooperator(clock);
  Deferred<void> wait;
  const Outcome done(cooperator.coiterate([&, at = 0]() mutable -> std::optional<Deferred<void>> {
    ++steps;
    if (++at == 1) return wait;
    return std::nullopt;
  }));
  turn();
  EXPECT_EQ(steps, 1);
  EXPECT_EQ(clock.pendingCalls(), 0u);
  wait.callback();
  EXPECT_EQ(steps, 1);
  turn();
  EXPECT_EQ(steps, 2);
  EXPECT_TRUE(done.succeeded());
}

TEST_F(CooperatorTest, LetsOthersWorkWhileOneWaits) {
  Cooperator cooperator(clock);
  Deferred<void> wait;
  cooperator.coiterate([&, at = 0]() mutable -> CooperativeStep {
    said.push_back("waiting");
    if (++at == 1) return wait;
    return false;
  });
  cooperator.coiterate(noting("b", 2));
  turn();
  wait.callback();
  turn();
  EXPECT_THAT(said, ElementsAre("waiting", "b", "b", "waiting"));
}

TEST_F(CooperatorTest, GoesOnAtOnceAfterADeferredThatHasFired) {
  Cooperator cooperator(clock);
  const Outcome done(cooperator.coiterate([&, at = 0]() mutable -> std::optional<Deferred<int>> {
    if (++at < 4) return succeed(at);
    return std::nullopt;
  }));
  turn();
  EXPECT_TRUE(done.succeeded());
}

TEST_F(CooperatorTest, TakesCoroutinesForSteps) {
  Cooperator cooperator(clock);
  const Outcome done(cooperator.coiterate([this, at = 0]() mutable -> Deferred<bool> {
    co_await deferLater(clock, 1s);
    ++steps;
    co_return ++at < 2;
  }));
  turn();
  clock.advance(1s);
  EXPECT_EQ(steps, 1);
  turn();
  clock.advance(1s);
  EXPECT_EQ(steps, 2);
  EXPECT_TRUE(done.succeeded());
}

TEST_F(CooperatorTest, FailsWithWhatAStepThrows) {
  Cooperator cooperator(clock);
  const auto task = cooperator.cooperate([]() -> bool { throw std::out_of_range("step"); });
  const Outcome done(task->whenDone());
  turn();
  EXPECT_TRUE(done.failedWith<std::out_of_range>());
  EXPECT_THROW(task->pause(), TaskFailed);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(CooperatorTest, FailsWithWhatTheDeferredOfAStepFailsWith) {
  Cooperator cooperator(clock);
  Deferred<void> wait;
  const auto task = cooperator.cooperate([&] { return wait; });
  const Outcome done(task->whenDone());
  turn();
  wait.errback(std::out_of_range("wait"));
  EXPECT_TRUE(done.failedWith<std::out_of_range>());
  EXPECT_THROW(task->stop(), TaskFailed);
}

// --- Pausing ---------------------------------------------------------------------------

TEST_F(CooperativeTaskTest, TakesNoStepsOfAPausedTask) {
  Cooperator cooperator(clock, stepwise());
  const auto task = cooperator.cooperate(endless());
  turn();
  task->pause();
  EXPECT_EQ(clock.pendingCalls(), 0u);
  turn();
  EXPECT_EQ(steps, 1);
  task->resume();
  EXPECT_EQ(steps, 1);
  turn();
  EXPECT_EQ(steps, 2);
}

TEST_F(CooperativeTaskTest, TakesAsManyResumesAsPauses) {
  Cooperator cooperator(clock, stepwise());
  const auto task = cooperator.cooperate(endless());
  task->pause();
  task->pause();
  task->resume();
  turn();
  EXPECT_EQ(steps, 0);
  task->resume();
  turn();
  EXPECT_EQ(steps, 1);
  EXPECT_THROW(task->resume(), NotPaused);
}

TEST_F(CooperativeTaskTest, DoesNotTakeWaitingForAPause) {
  Cooperator cooperator(clock);
  Deferred<void> wait;
  const auto task = cooperator.cooperate([&] { return wait; });
  turn();
  EXPECT_THROW(task->resume(), NotPaused);
  task->stop();
}

TEST_F(CooperativeTaskTest, StaysPausedWhenWhatItWaitedForHasFired) {
  Cooperator cooperator(clock, stepwise());
  Deferred<void> wait;
  const auto task = cooperator.cooperate([&] {
    ++steps;
    return steps == 1 ? wait : succeed();
  });
  turn();
  task->pause();
  wait.callback();
  turn();
  EXPECT_EQ(steps, 1);
  task->resume();
  turn();
  EXPECT_EQ(steps, 2);
}

TEST_F(CooperativeTaskTest, StaysWaitingWhenResumed) {
  Cooperator cooperator(clock, stepwise());
  Deferred<void> wait;
  const auto task = cooperator.cooperate([&] {
    ++steps;
    return wait;
  });
  turn();
  task->pause();
  task->resume();
  turn();
  EXPECT_EQ(steps, 1);
}

TEST_F(CooperativeTaskTest, MayBePausedFromInsideAStep) {
  Cooperator cooperator(clock);
  std::shared_ptr<CooperativeTask> task;
  task = cooperator.cooperate([&] {
    task->pause();
    return ++steps < 2;
  });
  turn();
  EXPECT_EQ(steps, 1);
  task->resume();
  turn();
  EXPECT_EQ(steps, 2);
  EXPECT_THROW(task->pause(), TaskDone);
}

TEST_F(CooperativeTaskTest, MayPauseAnotherTaskFromInsideAStep) {
  Cooperator cooperator(clock);
  std::shared_ptr<CooperativeTask> other;
  cooperator.cooperate([&] {
    other->pause();
    return false;
  });
  other = cooperator.cooperate(endless());
  turn();
  EXPECT_EQ(steps, 0);
}

}  // namespace
}  // namespace plait
