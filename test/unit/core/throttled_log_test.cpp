#include <gtest/gtest.h>

#include <plait/core/throttled_log.hpp>
#include <thread>

#include "../support/recorded_log.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

struct ThrottledLogTest : ::testing::Test {
  void warn(std::string_view what) { throttled.warn(logger, now, "{} came", what); }

  RecordedLog log;
  Logger logger{log.log, "door"};
  ThrottledLog throttled{1min};
  TimePoint now{};
};

TEST_F(ThrottledLogTest, LogsTheFirstLine) {
  warn("one");
  ASSERT_EQ(log.entries.size(), 1u);
  EXPECT_EQ(log.entries[0].level, LogLevel::warn);
  EXPECT_EQ(log.entries[0].source, "door");
  EXPECT_EQ(log.entries[0].message, "one came");
}

TEST_F(ThrottledLogTest, LogsOneLineInAWhile) {
  for (int i = 0; i < 1000; ++i) {
    warn("somebody");
    now += 1s;
  }
  EXPECT_EQ(log.entries.size(), 17u) << "of 1000 s, one a minute";
}

TEST_F(ThrottledLogTest, SaysHowManyWereLeftOut) {
  warn("one");
  warn("two");
  now += 1min - 1ns;
  warn("three");
  now += 1ns;
  warn("four");
  now += 1min;
  warn("five");
  ASSERT_EQ(log.entries.size(), 3u);
  EXPECT_EQ(log.entries[1].message, "four came (and 2 more since the last line)");
  EXPECT_EQ(log.entries[2].message, "five came");
}

TEST_F(ThrottledLogTest, CountsTheLinesOfAllThreads) {
  const auto flood = [this] {
    for (int i = 0; i < 1000; ++i) warn("somebody");
  };
  std::thread other(flood);
  flood();
  other.join();
  now += 1min;
  warn("the last");
  ASSERT_EQ(log.entries.size(), 2u);
  EXPECT_EQ(log.entries[1].message, "the last came (and 1999 more since the last line)");
}

}  // namespace
}  // namespace plait::testing
