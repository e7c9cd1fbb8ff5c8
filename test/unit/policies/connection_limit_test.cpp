#include <gtest/gtest.h>

#include <plait/policies/connection_limit.hpp>
#include <thread>
#include <vector>

namespace plait {
namespace {

TEST(ConnectionLimit, HasSoManyPlaces) {
  const auto limit = std::make_shared<ConnectionLimit>(2);
  auto first = limit->enter();
  const auto second = limit->enter();
  EXPECT_TRUE(first && second);
  EXPECT_EQ(limit->count(), 2u);
  EXPECT_FALSE(limit->enter());
  EXPECT_EQ(limit->count(), 2u);
  first.reset();
  EXPECT_EQ(limit->count(), 1u);
  EXPECT_TRUE(limit->enter());
}

TEST(ConnectionLimit, MayHaveNone) {
  EXPECT_FALSE(std::make_shared<ConnectionLimit>(0)->enter());
}

TEST(ConnectionLimit, IsGivenBackAPlaceOnce) {
  const auto limit = std::make_shared<ConnectionLimit>(2);
  auto place = limit->enter();
  const auto other = limit->enter();
  place->giveBack();
  EXPECT_EQ(limit->count(), 1u);
  place->giveBack();
  place.reset();
  EXPECT_EQ(limit->count(), 1u);
}

TEST(ConnectionLimit, CountsAPlaceOnceThatChangesHands) {
  const auto limit = std::make_shared<ConnectionLimit>(2);
  {
    Place first = *limit->enter();
    Place second = std::move(first);
    EXPECT_EQ(limit->count(), 1u);
    second = *limit->enter();
    EXPECT_EQ(limit->count(), 1u);
  }
  EXPECT_EQ(limit->count(), 0u);
}

TEST(ConnectionLimit, LivesAsLongAsAPlace) {
  auto limit = std::make_shared<ConnectionLimit>(1);
  const std::weak_ptr<ConnectionLimit> weak = limit;
  auto place = limit->enter();
  limit.reset();
  EXPECT_FALSE(weak.expired());
  place.reset();
  EXPECT_TRUE(weak.expired());
}

TEST(ConnectionLimit, IsNeverExceededByThreads) {
  const auto limit = std::make_shared<ConnectionLimit>(3);
  std::atomic<bool> exceeded = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10000; ++n) {
        const auto place = limit->enter();
        if (limit->count() > 3) exceeded = true;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_FALSE(exceeded);
  EXPECT_EQ(limit->count(), 0u);
}

}  // namespace
}  // namespace plait
