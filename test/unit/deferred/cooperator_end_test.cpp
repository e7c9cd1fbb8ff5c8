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

// --- Its end ---------------------------------------------------------------------------

TEST_F(CooperativeTaskTest, FailsWithTaskStoppedWhenStopped) {
  Cooperator cooperator(clock, stepwise());
  const auto task = cooperator.cooperate(endless());
  const Outcome done(task->whenDone());
  turn();
  task->stop();
  EXPECT_TRUE(done.failedWith<TaskStopped>());
  EXPECT_EQ(clock.pendingCalls(), 0u);
  turn();
  EXPECT_EQ(steps, 1);
  EXPECT_THROW(task->stop(), TaskStopped);
  EXPECT_THROW(task->pause(), TaskStopped);
  EXPECT_THROW(task->resume(), TaskStopped);
}

TEST_F(CooperativeTaskTest, ThrowsTaskDoneAfterTheEnd) {
  Cooperator cooperator(clock);
  const auto task = cooperator.cooperate([] { return false; });
  turn();
  EXPECT_THROW(task->pause(), TaskDone);
  EXPECT_THROW(task->resume(), TaskDone);
  EXPECT_THROW(task->stop(), TaskDone);
  EXPECT_THROW(task->stop(), TaskFinished);
}

TEST_F(CooperativeTaskTest, AllowsTheResumesThatAreDueAfterTheEnd) {
  Cooperator cooperator(clock);
  const auto task = cooperator.cooperate(endless());
  task->pause();
  task->stop();
  EXPECT_NO_THROW(task->resume());
  EXPECT_THROW(task->resume(), TaskStopped);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(CooperativeTaskTest, TellsEverybodyWhoAsked) {
  Cooperator cooperator(clock);
  const auto task = cooperator.cooperate([] { return false; });
  const Outcome first(task->whenDone());
  const Outcome second(task->whenDone());
  turn();
  EXPECT_TRUE(first.succeeded());
  EXPECT_TRUE(second.succeeded());
  EXPECT_TRUE(Outcome(task->whenDone()).succeeded());
}

TEST_F(CooperativeTaskTest, TellsEverybodyOfAFailure) {
  Cooperator cooperator(clock);
  const auto task = cooperator.cooperate([]() -> bool { throw std::out_of_range("step"); });
  const Outcome first(task->whenDone());
  const Outcome second(task->whenDone());
  turn();
  EXPECT_TRUE(first.failedWith<std::out_of_range>());
  EXPECT_TRUE(second.failedWith<std::out_of_range>());
  EXPECT_TRUE(Outcome(task->whenDone()).failedWith<std::out_of_range>());
}

TEST_F(CooperativeTaskTest, GoesOnThoughAWhenDoneIsCancelled) {
  Cooperator cooperator(clock);
  const auto task = cooperator.cooperate(noting("a", 1));
  const Deferred<void> unwanted = task->whenDone();
  const Outcome cancelled(unwanted);
  const Outcome done(task->whenDone());
  unwanted.cancel();
  EXPECT_TRUE(cancelled.failedWith<CancelledError>());
  turn();
  EXPECT_TRUE(done.succeeded());
}

TEST_F(CooperativeTaskTest, MayBeStoppedFromInsideAStep) {
  Cooperator cooperator(clock);
  auto captured = std::make_shared<int>(7);
  std::shared_ptr<CooperativeTask> task;
  int seen = 0;
  task = cooperator.cooperate([&, captured] {
    task->stop();
    seen = *captured;
    return true;
  });
  const Outcome done(task->whenDone());
  turn();
  EXPECT_EQ(seen, 7);
  EXPECT_TRUE(done.failedWith<TaskStopped>());
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(CooperativeTaskTest, MayStopTheNextTaskFromInsideAStep) {
  Cooperator cooperator(clock);
  std::shared_ptr<CooperativeTask> other;
  cooperator.cooperate([&] {
    other->stop();
    return false;
  });
  other = cooperator.cooperate(endless());
  const Outcome done(other->whenDone());
  cooperator.coiterate(noting("c", 1));
  turn();
  EXPECT_EQ(steps, 0);
  EXPECT_TRUE(done.failedWith<TaskStopped>());
  EXPECT_THAT(said, ElementsAre("c"));
}

TEST_F(CooperativeTaskTest, CancelsWhatAStoppedTaskWaitsFor) {
  Cooperator cooperator(clock);
  auto captured = std::make_shared<std::string>("cancelled");
  const auto task = cooperator.cooperate([this, captured]() -> Deferred<bool> {
    try {
      co_await deferLater(clock, 10s);
    } catch (const CancelledError&) {
      said.push_back(*captured);
    }
    co_return true;
  });
  const Outcome done(task->whenDone());
  turn();
  task->stop();
  EXPECT_TRUE(done.failedWith<TaskStopped>());
  EXPECT_THAT(said, ElementsAre("cancelled"));
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(CooperativeTaskTest, KeepsTheWorkUntilItsLastStepHasEnded) {
  Cooperator cooperator(clock);
  auto captured = std::make_shared<std::string>("cleaned up");
  auto task = cooperator.cooperate([this, captured]() -> Deferred<bool> {
    try {
      co_await deferLater(clock, 10s);
    } catch (const CancelledError&) {
    }
    co_await deferLater(clock, 1s);
    said.push_back(*captured);
    co_return true;
  });
  turn();
  task->stop();
  task.reset();
  EXPECT_EQ(captured.use_count(), 2);
  clock.advance(1s);
  EXPECT_THAT(said, ElementsAre("cleaned up"));
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(CooperativeTaskTest, CancelsTheDeferredOfAStepThatStoppedItsTask) {
  Cooperator cooperator(clock);
  bool cancelled = false;
  std::shared_ptr<CooperativeTask> task;
  task = cooperator.cooperate([&] {
    task->stop();
    return Deferred<void>([&](Deferred<void>&) { cancelled = true; });
  });
  turn();
  EXPECT_TRUE(cancelled);
}

TEST_F(CooperativeTaskTest, LetsGoOfWorkThatIsDone) {
  Cooperator cooperator(clock);
  auto captured = std::make_shared<int>();
  const auto task = cooperator.cooperate([captured] { return false; });
  turn();
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(CooperativeTaskTest, StopsTheTaskWhenCoiteratesDeferredIsCancelled) {
  Cooperator cooperator(clock, stepwise());
  const Deferred<void> deferred = cooperator.coiterate(endless());
  const Outcome done(deferred);
  turn();
  deferred.cancel();
  EXPECT_TRUE(done.failedWith<CancelledError>());
  EXPECT_EQ(clock.pendingCalls(), 0u);
  turn();
  EXPECT_EQ(steps, 1);
}

TEST_F(CooperativeTaskTest, PassesAFailureOnFromCoiterate) {
  Cooperator cooperator(clock);
  const Outcome done(cooperator.coiterate([]() -> bool { throw std::out_of_range("step"); }));
  turn();
  EXPECT_TRUE(done.failedWith<std::out_of_range>());
}

// --- Starting and stopping the cooperator ----------------------------------------------

TEST_F(CooperatorTest, WaitsUntilItIsStarted) {
  Cooperator cooperator(clock, {.started = false});
  EXPECT_FALSE(cooperator.running());
  cooperator.coiterate(noting("a", 1));
  turn();
  EXPECT_THAT(said, IsEmpty());
  EXPECT_EQ(clock.pendingCalls(), 0u);
  cooperator.start();
  EXPECT_TRUE(cooperator.running());
  turn();
  EXPECT_THAT(said, ElementsAre("a"));
}

TEST_F(CooperatorTest, EndsAllTasksWhenStopped) {
  Cooperator cooperator(clock, stepwise());
  bool cancelled = false;
  const auto waiting = cooperator.cooperate(
      [&] { return Deferred<void>([&](Deferred<void>&) { cancelled = true; }); });
  const Outcome a(cooperator.coiterate(endless()));
  const Outcome b(cooperator.coiterate(endless()));
  const Outcome c(cooperator.coiterate(endless()));
  const auto paused = cooperator.cooperate(endless());
  paused->pause();
  const Outcome d(paused->whenDone());
  const Outcome e(waiting->whenDone());
  turn();
  cooperator.stop();
  EXPECT_FALSE(cooperator.running());
  for (const Outcome<void>* each : {&a, &b, &c, &d, &e}) {
    EXPECT_TRUE(each->failedWith<SchedulerStopped>());
  }
  EXPECT_TRUE(cancelled);
  EXPECT_THROW(paused->pause(), SchedulerStopped);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(CooperatorTest, FailsNewWorkWhenStopped) {
  Cooperator cooperator(clock);
  cooperator.stop();
  const auto task = cooperator.cooperate(endless());
  EXPECT_TRUE(Outcome(task->whenDone()).failedWith<SchedulerStopped>());
  EXPECT_THROW(task->stop(), SchedulerStopped);
  EXPECT_TRUE(Outcome(cooperator.coiterate(endless())).failedWith<SchedulerStopped>());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(CooperatorTest, MayBeStartedAgain) {
  Cooperator cooperator(clock);
  cooperator.stop();
  cooperator.start();
  const Outcome done(cooperator.coiterate(noting("a", 1)));
  turn();
  EXPECT_TRUE(done.succeeded());
}

TEST_F(CooperatorTest, MayBeStoppedFromInsideAStep) {
  Cooperator cooperator(clock);
  const Outcome done(cooperator.coiterate([&] {
    cooperator.stop();
    return true;
  }));
  const Outcome other(cooperator.coiterate(endless()));
  turn();
  EXPECT_TRUE(done.failedWith<SchedulerStopped>());
  EXPECT_TRUE(other.failedWith<SchedulerStopped>());
  EXPECT_EQ(steps, 0);
}

TEST_F(CooperatorTest, EndsTheTasksThereAreThoughStoppingAddsOthers) {
  Cooperator cooperator(clock);
  std::optional<Outcome<void>> second;
  cooperator.coiterate(endless()).addErrback([&] {
    cooperator.start();
    second.emplace(cooperator.coiterate(noting("new", 1)));
  });
  const Outcome other(cooperator.coiterate(endless()));
  cooperator.stop();
  EXPECT_TRUE(other.failedWith<SchedulerStopped>());
  turn();
  EXPECT_TRUE(second->succeeded());
}

// --- Destroying ------------------------------------------------------------------------

TEST_F(CooperatorTest, EndsItsTasksWhenDestroyed) {
  auto captured = std::make_shared<int>();
  bool cancelled = false;
  std::optional<Cooperator> cooperator(std::in_place, clock, stepwise());
  const auto waiting = cooperator->cooperate(
      [&, captured] { return Deferred<void>([&](Deferred<void>&) { cancelled = true; }); });
  const auto task = cooperator->cooperate([captured] { return true; });
  const Outcome done(task->whenDone());
  turn();
  cooperator.reset();
  EXPECT_TRUE(done.pending());
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_EQ(clock.pendingCalls(), 0u);
  EXPECT_THROW(task->stop(), SchedulerStopped);
  EXPECT_TRUE(Outcome(task->whenDone()).failedWith<SchedulerStopped>());
}

TEST_F(CooperatorTest, MayBeDestroyedFromInsideAStep) {
  auto captured = std::make_shared<int>(7);
  std::optional<Cooperator> cooperator(std::in_place, clock);
  int seen = 0;
  cooperator->coiterate([&, captured] {
    cooperator.reset();
    seen = *captured;
    return true;
  });
  cooperator->coiterate(endless());
  turn();
  EXPECT_EQ(seen, 7);
  EXPECT_EQ(steps, 0);
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(CooperatorTest, MayBeDestroyedFromWhenDone) {
  std::optional<Cooperator> cooperator(std::in_place, clock);
  cooperator->coiterate(noting("a", 1)).addCallback([&] { cooperator.reset(); });
  cooperator->coiterate(noting("b", 2));
  turn();
  EXPECT_THAT(said, ElementsAre("a"));
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

}  // namespace
}  // namespace plait
