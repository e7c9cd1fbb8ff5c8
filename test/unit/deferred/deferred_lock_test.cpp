#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <plait/deferred/deferred_lock.hpp>
#include <stdexcept>

#include "support/outcome.hpp"

namespace plait {
namespace {

using ::testing::ElementsAre;
using testing::Outcome;

struct Broken : std::runtime_error {
  Broken() : std::runtime_error("broken") {}
};

struct DeferredLockTest : ::testing::Test {
  DeferredLock lock;
};

// --- acquire and release -----------------------------------------------------------------------

TEST_F(DeferredLockTest, IsAcquiredInTheOrderOfAsking) {
  EXPECT_FALSE(lock.locked());
  Outcome first(lock.acquire());
  Outcome second(lock.acquire());
  Outcome third(lock.acquire());
  EXPECT_TRUE(first.succeeded());
  EXPECT_TRUE(lock.locked());
  EXPECT_TRUE(second.pending());
  lock.release();
  EXPECT_TRUE(second.succeeded());
  EXPECT_TRUE(third.pending());
  EXPECT_TRUE(lock.locked());
  lock.release();
  EXPECT_TRUE(third.succeeded());
  lock.release();
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, IsNotReleasedTwice) {
  EXPECT_THROW(lock.release(), std::logic_error);
  lock.acquire();
  lock.release();
  EXPECT_THROW(lock.release(), std::logic_error);
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, ForgetsThoseWhoCancel) {
  lock.acquire();
  const auto waiting = lock.acquire();
  waiting.cancel();
  EXPECT_NE(Outcome(waiting).failure<CancelledError>(), nullptr);
  lock.release();
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, IgnoresTheCancelOfOneWhoHasIt) {
  const auto acquired = lock.acquire();
  acquired.cancel();
  EXPECT_TRUE(Outcome(acquired).succeeded());
  EXPECT_TRUE(lock.locked());
}

TEST_F(DeferredLockTest, MayBeReleasedByWhoeverGetsIt) {
  lock.acquire();
  int got = 0;
  for (int i = 0; i < 100'000; ++i) {
    lock.acquire().addCallback([&] {
      ++got;
      lock.release();
    });
  }
  lock.release();
  EXPECT_EQ(got, 100'000);
  EXPECT_FALSE(lock.locked());
}

// --- run ---------------------------------------------------------------------------------------

TEST_F(DeferredLockTest, RunsWithArgumentsAndGivesTheValue) {
  Outcome outcome(
      lock.run([](int a, std::unique_ptr<int> b) { return a + *b; }, 1, std::make_unique<int>(2)));
  EXPECT_EQ(outcome.value(), 3);
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, RunsWhatReturnsNothing) {
  bool wasLocked = false;
  Outcome outcome(lock.run([&] { wasLocked = lock.locked(); }));
  EXPECT_TRUE(outcome.succeeded());
  EXPECT_TRUE(wasLocked);
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, IsReleasedWhenWhatItRunsThrows) {
  Outcome outcome(lock.run([]() -> int { throw Broken(); }));
  EXPECT_NE(outcome.failure<Broken>(), nullptr);
  EXPECT_FALSE(lock.locked());
  Outcome deferred(lock.run([]() -> Deferred<int> { throw Broken(); }));
  EXPECT_NE(deferred.failure<Broken>(), nullptr);
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, RunsUntilTheDeferredHasFired) {
  Deferred<int> work;
  Outcome outcome(lock.run([&] { return work; }));
  EXPECT_TRUE(lock.locked());
  work.callback(5);
  EXPECT_FALSE(lock.locked());
  EXPECT_EQ(outcome.value(), 5);
}

TEST_F(DeferredLockTest, IsReleasedWhenTheDeferredFails) {
  Deferred<int> work;
  Outcome outcome(lock.run([&] { return work; }));
  work.errback(Broken());
  EXPECT_FALSE(lock.locked());
  EXPECT_NE(outcome.failure<Broken>(), nullptr);
}

TEST_F(DeferredLockTest, IsReleasedWhenAFailureIsReturned) {
  Outcome outcome(lock.run([]() -> Result<int> { return Failure(Broken()); }));
  EXPECT_NE(outcome.failure<Broken>(), nullptr);
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, IsReleasedBeforeTheResultIsSeen) {
  Deferred<void> work;
  bool lockedAfterwards = true;
  lock.run([&] { return work; }).addCallback([&] { lockedAfterwards = lock.locked(); });
  work.callback();
  EXPECT_FALSE(lockedAfterwards);
  lockedAfterwards = true;
  lock.run([] {}).addCallback([&] { lockedAfterwards = lock.locked(); });
  EXPECT_FALSE(lockedAfterwards);
}

TEST_F(DeferredLockTest, IsReleasedWhenTheDeferredIsGivenUp) {
  lock.run([] { return Deferred<int>(); });
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, DoesNotRunWhatIsCancelledInTime) {
  lock.acquire();
  bool ran = false;
  const auto running = lock.run([&] { ran = true; });
  running.cancel();
  lock.release();
  EXPECT_FALSE(ran);
  EXPECT_FALSE(lock.locked());
  EXPECT_NE(Outcome(running).failure<CancelledError>(), nullptr);
}

TEST_F(DeferredLockTest, CancelsWhatItRuns) {
  Deferred<int> work;
  const auto running = lock.run([&] { return work; });
  running.cancel();
  EXPECT_TRUE(work.called());
  EXPECT_FALSE(lock.locked());
  EXPECT_NE(Outcome(running).failure<CancelledError>(), nullptr);
}

TEST_F(DeferredLockTest, RunsOneAfterTheOtherWithoutUsingTheStack) {
  lock.acquire();
  int ran = 0;
  for (int i = 0; i < 100'000; ++i) lock.run([&] { ++ran; });
  lock.release();
  EXPECT_EQ(ran, 100'000);
}

// --- hold --------------------------------------------------------------------------------------

TEST_F(DeferredLockTest, IsHeldInACoroutine) {
  std::vector<std::string> ran;
  auto work = [&](std::string name, Deferred<void> pause) -> Deferred<void> {
    const Held held = co_await lock.hold();
    ran.push_back(name + " begins");
    co_await pause;
    ran.push_back(name + " ends");
  };
  Deferred<void> a, b;
  Outcome first(work("a", a));
  Outcome second(work("b", b));
  EXPECT_THAT(ran, ElementsAre("a begins"));
  a.callback();
  EXPECT_THAT(ran, ElementsAre("a begins", "a ends", "b begins"));
  b.callback();
  EXPECT_TRUE(second.succeeded());
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, IsReleasedWhenTheCoroutineThrows) {
  auto work = [&]() -> Deferred<void> {
    const Held held = co_await lock.hold();
    throw Broken();
  };
  EXPECT_NE(Outcome(work()).failure<Broken>(), nullptr);
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, IsNotHeldByACoroutineCancelledInTime) {
  auto work = [&]() -> Deferred<void> {
    const Held held = co_await lock.hold();
    ADD_FAILURE();
  };
  lock.acquire();
  const auto waiting = work();
  waiting.cancel();
  EXPECT_NE(Outcome(waiting).failure<CancelledError>(), nullptr);
  lock.release();
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, IsReleasedWhenTheCoroutineIsDestroyed) {
  auto work = [&](Deferred<void> never) -> Deferred<void> {
    const Held held = co_await lock.hold();
    co_await std::move(never);
  };
  work(Deferred<void>());
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, IsReleasedWhenNobodyTakesTheGuard) {
  lock.hold();
  EXPECT_FALSE(lock.locked());
  lock.acquire();
  lock.hold();
  Outcome last(lock.acquire());
  lock.release();
  EXPECT_TRUE(last.succeeded());
}

TEST_F(DeferredLockTest, IsReleasedWhenThoseWhoWaitedAreGone) {
  lock.acquire();
  {
    const auto held = lock.hold();
    held.pause();
    const auto acquired = lock.acquire();
    acquired.pause();
    lock.release();
    EXPECT_TRUE(lock.locked());
  }
  EXPECT_FALSE(lock.locked());
}

TEST_F(DeferredLockTest, MovesFromGuardToGuard) {
  Held first;
  EXPECT_FALSE(first);
  lock.hold().addCallback([&](Held held) { first = std::move(held); });
  EXPECT_TRUE(first);
  Held second = std::move(first);
  EXPECT_TRUE(lock.locked());
  DeferredLock other;
  other.hold().addCallback([&](Held held) { second = std::move(held); });
  EXPECT_FALSE(lock.locked());
  EXPECT_TRUE(other.locked());
  second.release();
  EXPECT_FALSE(other.locked());
  second.release();
  EXPECT_FALSE(second);
}

TEST_F(DeferredLockTest, MayBeReleasedUnderItsGuard) {
  Outcome held(lock.hold());
  lock.release();
  EXPECT_FALSE(lock.locked());
}

// --- The end -----------------------------------------------------------------------------------

TEST(DeferredLockDestroyed, CancelsThoseWhoWait) {
  std::optional<DeferredLock> lock(std::in_place);
  lock->acquire();
  const auto acquiring = lock->acquire();
  const auto holding = lock->hold();
  const auto running = lock->run([] { ADD_FAILURE(); });
  lock.reset();
  acquiring.cancel();
  holding.cancel();
  EXPECT_NE(Outcome(acquiring).failure<CancelledError>(), nullptr);
  EXPECT_NE(Outcome(holding).failure<CancelledError>(), nullptr);
  EXPECT_NE(Outcome(running).failure<CancelledError>(), nullptr);
}

TEST(DeferredLockDestroyed, IsOutlivedByItsGuard) {
  std::optional<DeferredLock> lock(std::in_place);
  Held held;
  lock->hold().addCallback([&](Held h) { held = std::move(h); });
  lock.reset();
  held.release();
}

TEST(DeferredLockDestroyed, IsOutlivedByWhatItRuns) {
  std::optional<DeferredLock> lock(std::in_place);
  Deferred<int> work;
  Outcome outcome(lock->run([&] { return work; }));
  lock.reset();
  work.callback(1);
  EXPECT_EQ(outcome.value(), 1);
}

TEST(DeferredLockDestroyed, MayBeSoByOneWhoGetsIt) {
  std::optional<DeferredLock> lock(std::in_place);
  lock->acquire();
  lock->acquire().addCallback([&] { lock.reset(); });
  Outcome third(lock->acquire());
  lock->release();
  EXPECT_NE(third.failure<CancelledError>(), nullptr);
}

TEST(DeferredLockDestroyed, MayBeSoByWhatItRuns) {
  std::optional<DeferredLock> lock(std::in_place);
  lock->acquire();
  Outcome second(lock->run([&] { lock.reset(); }));
  Outcome third(lock->run([] { ADD_FAILURE(); }));
  lock->release();
  EXPECT_TRUE(second.succeeded());
  EXPECT_NE(third.failure<CancelledError>(), nullptr);
}

TEST(DeferredLockDestroyed, IsGivenToNobodyAnyMore) {
  std::optional<DeferredLock> lock(std::in_place);
  Held held;
  lock->hold().addCallback([&](Held h) { held = std::move(h); });
  Outcome second(lock->acquire().addErrback([&](const Failure& failure) {
    held.release();
    return failure;
  }));
  Outcome third(lock->acquire());
  lock.reset();
  EXPECT_NE(second.failure<CancelledError>(), nullptr);
  EXPECT_NE(third.failure<CancelledError>(), nullptr);
}

TEST(DeferredLockDestroyed, EndsTheCoroutinesThatWait) {
  std::optional<DeferredLock> lock(std::in_place);
  lock->acquire();
  auto work = [&]() -> Deferred<void> { const Held held = co_await lock->hold(); };
  Outcome waiting(work());
  lock.reset();
  EXPECT_NE(waiting.failure<CancelledError>(), nullptr);
}

}  // namespace
}  // namespace plait
