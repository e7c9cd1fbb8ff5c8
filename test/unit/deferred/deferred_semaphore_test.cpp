#include <gmock/gmock.h>

#include <plait/deferred/deferred_semaphore.hpp>
#include <stdexcept>

#include "support/outcome.hpp"

namespace plait {
namespace {

using ::testing::ElementsAre;
using testing::Outcome;

TEST(DeferredSemaphore, NeedsATokenAtLeast) {
  EXPECT_THROW(DeferredSemaphore(0), std::invalid_argument);
}

TEST(DeferredSemaphore, GivesItsTokensAndThenOneForEachReleased) {
  DeferredSemaphore semaphore(2);
  EXPECT_EQ(semaphore.limit(), 2u);
  EXPECT_EQ(semaphore.tokens(), 2u);
  Outcome first(semaphore.acquire());
  EXPECT_EQ(semaphore.tokens(), 1u);
  Outcome second(semaphore.acquire());
  Outcome third(semaphore.acquire());
  Outcome fourth(semaphore.acquire());
  EXPECT_TRUE(first.succeeded());
  EXPECT_TRUE(second.succeeded());
  EXPECT_TRUE(third.pending());
  semaphore.release();
  EXPECT_TRUE(third.succeeded());
  EXPECT_TRUE(fourth.pending());
  EXPECT_EQ(semaphore.tokens(), 0u);
  semaphore.release();
  EXPECT_TRUE(fourth.succeeded());
  semaphore.release();
  semaphore.release();
  EXPECT_EQ(semaphore.tokens(), 2u);
  EXPECT_EQ(semaphore.limit(), 2u);
}

TEST(DeferredSemaphore, RefusesMoreReleasesThanAcquisitions) {
  DeferredSemaphore semaphore(2);
  EXPECT_THROW(semaphore.release(), std::logic_error);
  semaphore.acquire();
  semaphore.release();
  EXPECT_THROW(semaphore.release(), std::logic_error);
}

TEST(DeferredSemaphore, ForgetsThoseWhoCancel) {
  DeferredSemaphore semaphore(1);
  semaphore.acquire();
  const auto second = semaphore.acquire();
  Outcome third(semaphore.acquire());
  second.cancel();
  EXPECT_NE(Outcome(second).failure<CancelledError>(), nullptr);
  semaphore.release();
  EXPECT_TRUE(third.succeeded());
  semaphore.release();
  EXPECT_EQ(semaphore.tokens(), 1u);
}

TEST(DeferredSemaphore, RunsOnlySoManyAtOnce) {
  DeferredSemaphore semaphore(2);
  std::vector<Deferred<void>> work(4);
  std::vector<int> started;
  for (int i = 0; i < 4; ++i) {
    semaphore.run([&, i] {
      started.push_back(i);
      return work[i];
    });
  }
  EXPECT_THAT(started, ElementsAre(0, 1));
  work[1].callback();
  EXPECT_THAT(started, ElementsAre(0, 1, 2));
  work[0].callback();
  EXPECT_THAT(started, ElementsAre(0, 1, 2, 3));
  work[2].callback();
  work[3].callback();
  EXPECT_EQ(semaphore.tokens(), 2u);
}

TEST(DeferredSemaphore, HoldsATokenEach) {
  DeferredSemaphore semaphore(2);
  {
    Outcome first(semaphore.hold());
    Outcome second(semaphore.hold());
    Outcome third(semaphore.hold());
    EXPECT_TRUE(third.pending());
    EXPECT_EQ(semaphore.tokens(), 0u);
  }
  EXPECT_EQ(semaphore.tokens(), 2u);
}

TEST(DeferredSemaphore, LetsNobodyPassThoseWhoWait) {
  DeferredSemaphore semaphore(1);
  semaphore.acquire();
  std::vector<int> order;
  semaphore.acquire().addCallback([&] {
    order.push_back(1);
    semaphore.release();
    semaphore.acquire().addCallback([&] { order.push_back(3); });
    EXPECT_EQ(semaphore.tokens(), 0u);
  });
  semaphore.acquire().addCallback([&] {
    order.push_back(2);
    semaphore.release();
  });
  semaphore.release();
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(DeferredSemaphore, PassesOnTheTokenOfOneWhoCancelsInTime) {
  DeferredSemaphore semaphore(1);
  semaphore.acquire();
  std::optional<Deferred<void>> second;
  semaphore.acquire().addCallback([&] {
    semaphore.release();
    second->cancel();
  });
  second = semaphore.acquire();
  Outcome third(semaphore.acquire());
  semaphore.release();
  EXPECT_NE(Outcome(*second).failure<CancelledError>(), nullptr);
  EXPECT_TRUE(third.succeeded());
}

}  // namespace
}  // namespace plait
