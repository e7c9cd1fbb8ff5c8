#include <gmock/gmock.h>

#include <memory>
#include <plait/deferred/cooperator.hpp>
#include <plait/deferred/defer_later.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What became of a Deferred.
struct Outcome {
  explicit Outcome(const Deferred<void>& deferred) {
    deferred.addBoth([this](const Result<void>& result) {
      fired = true;
      if (!result) failure = result.failure();
    });
  }
  Outcome(const Outcome&) = delete;
  bool succeeded() const { return fired && !failure; }
  template <class E>
  bool failedWith() const {
    return failure && failure->check<E>();
  }
  bool fired = false;
  std::optional<Failure> failure;
};

struct CooperatorTest : ::testing::Test {
  /// One step of a slice, then its end.
  static CooperatorOptions stepwise() { return {.slice = 0s}; }
  /// The next slice.
  void turn() { clock.advance(10ns); }
  /// Work that notes its name `steps` times.
  auto noting(std::string name, int steps) {
    return [this, name, steps]() mutable {
      said.push_back(name);
      return --steps > 0;
    };
  }
  auto endless() {
    return [this] {
      ++steps;
      return true;
    };
  }

  Clock clock;
  std::vector<std::string> said;
  int steps = 0;
};

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

struct CooperativeTaskTest : CooperatorTest {};

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
  for (const Outcome* each : {&a, &b, &c, &d, &e}) {
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
  std::optional<Outcome> second;
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
  EXPECT_FALSE(done.fired);
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
