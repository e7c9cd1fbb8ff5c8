#include <gtest/gtest.h>

#include <plait/policies/token_bucket.hpp>
#include <random>
#include <stdexcept>
#include <vector>

namespace plait {
namespace {

using namespace std::chrono_literals;

TimePoint at(Duration since) {
  return TimePoint(since);
}

TEST(TokenBucket, StartsFull) {
  TokenBucket bucket({.rate = 10, .burst = 100}, at(0s));
  EXPECT_EQ(bucket.available(at(0s)), 100u);
}

TEST(TokenBucket, GivesNoMoreThanThereIs) {
  TokenBucket bucket({.rate = 2, .burst = 100}, at(0s));
  EXPECT_EQ(bucket.take(1000, at(0s)), 100u);
  EXPECT_EQ(bucket.take(1000, at(10s)), 20u);
  EXPECT_EQ(bucket.take(1000, at(10s)), 0u);
}

TEST(TokenBucket, NeverHoldsMoreThanItsBurst) {
  TokenBucket bucket({.rate = 1'000'000'000, .burst = 100}, at(0s));
  EXPECT_EQ(bucket.take(60, at(0s)), 60u);
  EXPECT_EQ(bucket.available(at(24h * 365 * 200)), 100u);
}

TEST(TokenBucket, KeepsPartsOfBytes) {
  TokenBucket bucket({.rate = 3, .burst = 1}, at(0s));
  ASSERT_EQ(bucket.take(1, at(0s)), 1u);
  EXPECT_EQ(bucket.take(1, at(333'333'333ns)), 0u);
  EXPECT_EQ(bucket.take(1, at(333'333'334ns)), 1u);
}

TEST(TokenBucket, HoldsAQuarterOfASecondUnlessTold) {
  EXPECT_EQ(TokenBucket({.rate = 1000}, at(0s)).limit().burst, 250u);
  EXPECT_EQ(TokenBucket({.rate = 1}, at(0s)).limit().burst, 1u);
}

TEST(TokenBucket, TellsExactlyWhenThereIsEnough) {
  TokenBucket bucket({.rate = 7, .burst = 50}, at(0s));
  EXPECT_EQ(bucket.timeUntil(50, at(0s)), 0ns);
  bucket.take(50, at(0s));
  const Duration wait = bucket.timeUntil(5, at(0s));
  EXPECT_EQ(bucket.available(at(wait - 1ns)), 4u);
  EXPECT_EQ(bucket.available(at(wait)), 5u);
}

TEST(TokenBucket, TakesAClockThatStandsStill) {
  TokenBucket bucket({.rate = 10, .burst = 10}, at(5s));
  bucket.take(10, at(5s));
  EXPECT_EQ(bucket.available(at(4s)), 0u);
  EXPECT_EQ(bucket.available(at(6s)), 10u);
}

TEST(TokenBucket, RefusesLimitsThatItCannotCount) {
  EXPECT_THROW(TokenBucket({.rate = 0}, at(0s)), std::invalid_argument);
  EXPECT_THROW(TokenBucket({.rate = 4'000'000'001}, at(0s)), std::invalid_argument);
  EXPECT_THROW(TokenBucket({.rate = 1, .burst = 4'000'000'001}, at(0s)), std::invalid_argument);
  EXPECT_NO_THROW(TokenBucket({.rate = 4'000'000'000, .burst = 4'000'000'000}, at(0s)));
}

/// What was taken, and when.
struct Taken {
  Duration when;
  std::uint64_t bytes;
};

/// In no interval is more taken than the rate and the burst allow.
void expectWithinLimit(const std::vector<Taken>& history, BandwidthLimit limit) {
  for (std::size_t from = 0; from < history.size(); ++from) {
    double sum = 0;
    for (std::size_t to = from; to < history.size(); ++to) {
      sum += static_cast<double>(history[to].bytes);
      const double seconds =
          std::chrono::duration<double>(history[to].when - history[from].when).count();
      ASSERT_LE(
          sum, static_cast<double>(limit.rate) * seconds + static_cast<double>(limit.burst) + 1e-3);
    }
  }
}

TEST(TokenBucket, AllowsNoMoreThanRateAndBurstInAnyInterval) {
  std::mt19937_64 random(1);
  const auto upTo = [&](std::uint64_t most) { return random() % (most + 1); };
  for (int round = 0; round < 200; ++round) {
    const BandwidthLimit limit{.rate = 1 + upTo(round % 2 ? 10 : 1'000'000),
                               .burst = 1 + upTo(10'000)};
    TokenBucket bucket(limit, at(0s));
    std::vector<Taken> history;
    Duration now = 0s;
    for (int step = 0; step < 100; ++step) {
      now += Duration(upTo(step % 3 ? 1'000'000 : 3'000'000'000));
      history.push_back({now, bucket.take(upTo(20'000), at(now))});
    }
    expectWithinLimit(history, limit);
  }
}

TEST(TokenBucket, GivesAllThatTheRateAllows) {
  std::mt19937_64 random(2);
  TokenBucket bucket({.rate = 12'347, .burst = 1'000'000}, at(0s));
  bucket.take(1'000'000, at(0s));
  Duration now = 0s;
  std::uint64_t taken = 0;
  while (now < 60s) {
    now += Duration(random() % 10'000'000);
    taken += bucket.take(1'000'000, at(now));
  }
  EXPECT_EQ(taken, static_cast<std::uint64_t>(now.count()) * 12'347 / 1'000'000'000);
}

}  // namespace
}  // namespace plait
