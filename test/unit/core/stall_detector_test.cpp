#include <gtest/gtest.h>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

class Stalls : public ::testing::Test {
 protected:
  Stalls() {
    c.group.stalls.setLimit(100ms);
    c.connect();
  }
  /// The warnings about callbacks that took too long.
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    for (const auto& entry : c.log.entries) {
      if (entry.level == LogLevel::warn) lines.push_back(entry.source + ": " + entry.message);
    }
    return lines;
  }

  ScriptedConnection<> c;
};

TEST_F(Stalls, NameTheCallbackAndItsConnection) {
  c.protocol->whenData = [&](BytesView) { c.clock.advance(213ms); };
  c.medium->give("x");
  ASSERT_EQ(told().size(), 1u);
  EXPECT_NE(told()[0].find("ScriptedProtocol"), std::string::npos) << told()[0];
  EXPECT_NE(told()[0].find("dataReceived held the reactor up for 213 ms"), std::string::npos)
      << told()[0];
}

TEST_F(Stalls, AreNoneUpToTheLimit) {
  c.protocol->whenData = [&](BytesView) { c.clock.advance(100ms); };
  c.medium->give("x");
  EXPECT_EQ(told().size(), 0u);
}

TEST_F(Stalls, OfCallbacksInsideOfAnotherAreToldOnce) {
  c.medium->registerProducer(c.push);
  c.push.whenPaused = [&] { c.clock.advance(1s); };
  c.protocol->whenData = [&](BytesView) { c.medium->write(Bytes(100000, 'x')); };
  c.medium->room = 0;
  c.medium->give("x");
  ASSERT_EQ(told().size(), 1u);
  EXPECT_NE(told()[0].find("dataReceived"), std::string::npos) << told()[0];
}

TEST_F(Stalls, AreToldOfCallbacksThatThrow) {
  c.protocol->whenData = [&](BytesView) {
    c.clock.advance(1s);
    throw std::runtime_error("late, and wrong");
  };
  c.medium->give("x");
  EXPECT_EQ(told().size(), 1u);
}

TEST_F(Stalls, AreNotLookedForWithoutALimit) {
  c.group.stalls.setLimit(Duration::zero());
  c.protocol->whenData = [&](BytesView) { c.clock.advance(1h); };
  c.medium->give("x");
  EXPECT_EQ(told().size(), 0u);
}

}  // namespace
}  // namespace plait::testing
