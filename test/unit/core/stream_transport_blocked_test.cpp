#include <gtest/gtest.h>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

/// timesBlocked: whether output has had to wait.
struct Blocked : ::testing::Test {
  Blocked() { c.connect(); }

  void write(Bytes data) {
    medium.write(BytesView(data));
    medium.run();
  }

  ScriptedConnection<> c;
  ScriptedMedium& medium = *c.medium;
};

TEST_F(Blocked, IsZeroWhileTheMediumKeepsUp) {
  for (int i = 0; i < 10; ++i) write("abc");
  write(Bytes(100 * 1024, 'x'));
  EXPECT_EQ(medium.bytesSent(), 30u + 100 * 1024);
  EXPECT_EQ(medium.timesBlocked(), 0u);
}

TEST_F(Blocked, CountsWhatTheMediumDoesNotTake) {
  medium.room = 2;
  write("abc");
  EXPECT_EQ(medium.timesBlocked(), 1u);
  medium.makeRoom(SIZE_MAX);
  EXPECT_EQ(medium.bufferedBytes(), 0u);
  write("abc");
  EXPECT_EQ(medium.timesBlocked(), 1u) << "it keeps up again";
}

TEST_F(Blocked, CountsALargeWrite) {
  medium.room = 50 * 1024;
  write(Bytes(100 * 1024, 'x'));
  const auto blocked = medium.timesBlocked();
  EXPECT_GT(blocked, 0u);
  medium.makeRoom(SIZE_MAX);
  EXPECT_EQ(medium.timesBlocked(), blocked);
}

TEST_F(Blocked, StillAnswersAfterTheLoss) {
  medium.room = 2;
  write("abc");
  medium.abortConnection();
  medium.run();
  EXPECT_EQ(medium.timesBlocked(), 1u);
}

}  // namespace
}  // namespace plait::testing
