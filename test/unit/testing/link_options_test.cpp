#include <gtest/gtest.h>

#include <plait/testing/link_options.hpp>

namespace plait::testing {
namespace {

TEST(LinkOptions, ARoughLinkLosesNothing) {
  SimulatedRandom random(1);
  for (int i = 0; i < 1000; ++i) {
    const LinkOptions link = roughLink(random);
    EXPECT_GT(link.latency, Duration::zero());
    EXPECT_LE(link.jitter, link.latency);
    EXPECT_GE(link.sendBuffer, 512u);
    EXPECT_GE(link.receiveBuffer, 512u);
    EXPECT_GE(link.segmentSize, 64u);
    EXPECT_EQ(link.resets, 0);
    EXPECT_EQ(link.refusals, 0);
    EXPECT_EQ(link.lostConnects, 0);
    EXPECT_EQ(link.loss, 0);
  }
}

TEST(LinkOptions, BrokenLinksDo) {
  SimulatedRandom random(1);
  bool resets = false, refuses = false, forgets = false, loses = false;
  for (int i = 0; i < 100; ++i) {
    const LinkOptions link = brokenLink(random);
    resets |= link.resets > 0;
    refuses |= link.refusals > 0;
    forgets |= link.lostConnects > 0;
    loses |= link.loss > 0;
  }
  EXPECT_TRUE(resets && refuses && forgets && loses);
}

}  // namespace
}  // namespace plait::testing
