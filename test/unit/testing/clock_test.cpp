#include <gtest/gtest.h>

#include <plait/testing/clock.hpp>
#include <vector>

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

TEST(Clock, RunsCallsForTheSameMomentInTheOrderTheyWereMade) {
  Clock clock;
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) clock.callLater(1s, [&order, i] { order.push_back(i); });
  clock.advance(1s);
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace plait::testing
