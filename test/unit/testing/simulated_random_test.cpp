#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/testing/simulated_random.hpp>
#include <vector>

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

TEST(SimulatedRandom, IsXoshiro256StarStarSeededBySplitmix64) {
  SimulatedRandom random(0);
  EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4u);
  EXPECT_EQ(random.next(), 0xbf6e1f784956452au);
  EXPECT_EQ(random.next(), 0x1a5f849d4933e6e0u);
}

TEST(SimulatedRandom, KeepsWithinItsBounds) {
  SimulatedRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(random.below(7), 7u);
    const auto between = random.between(5, 6);
    EXPECT_TRUE(between == 5 || between == 6);
    EXPECT_LE(random.upTo(3ns), 3ns);
    EXPECT_GE(random.upTo(3ns), 0ns);
  }
  EXPECT_EQ(random.below(0), 0u);
}

TEST(SimulatedRandom, HasTheChancesItIsTold) {
  SimulatedRandom random(1);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += random.chance(0.25);
  EXPECT_NEAR(hits, 2500, 200);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(random.chance(1));
}

TEST(SimulatedRandom, WhatCannotBeDrawsNothing) {
  SimulatedRandom one(1), other(1);
  EXPECT_FALSE(one.chance(0));
  EXPECT_EQ(one.upTo(0ns), 0ns);
  EXPECT_EQ(one.next(), other.next());
}

}  // namespace
}  // namespace plait::testing
