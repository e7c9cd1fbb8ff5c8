#include <gtest/gtest.h>

#include <functional>
#include <plait/line/line_receiver.hpp>
#include <plait/policies/errors.hpp>
#include <plait/policies/timeout_mixin.hpp>
#include <plait/testing/string_transport.hpp>
#include <stdexcept>

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::StringTransport;

/// A line is a sign of life; the line "late" makes it allow 10 s from now on.
struct Session : LineReceiver, TimeoutMixin {
  void lineReceived(BytesView line) override {
    resetTimeout();
    if (line == "late") setTimeout(10s);
  }
  void timeoutConnection() override {
    ++timeouts;
    if (whenTimedOut) whenTimedOut();
  }

  int timeouts = 0;
  std::function<void()> whenTimedOut;
};

struct TimeoutMixinTest : ::testing::Test {
  TimeoutMixinTest() { session->makeConnection(transport); }

  void advance(Duration time) { transport->time.advance(time); }
  /// It times out when this much time has passed, and not before.
  void expectTimeoutIn(Duration time) {
    advance(time - 1ns);
    EXPECT_EQ(session->timeouts, 0);
    advance(1ns);
    EXPECT_EQ(session->timeouts, 1);
  }

  std::shared_ptr<StringTransport> transport = std::make_shared<StringTransport>();
  std::shared_ptr<Session> session = std::make_shared<Session>();
};

TEST_F(TimeoutMixinTest, TimesOutWhenTheTimeHasPassed) {
  session->setTimeout(60s);
  expectTimeoutIn(60s);
  advance(1h);
  EXPECT_EQ(session->timeouts, 1);
}

TEST_F(TimeoutMixinTest, TimesOutExactlyThatLongAfterTheLastReset) {
  session->setTimeout(60s);
  advance(10s);
  session->dataReceived("a\r\n");
  advance(49s);
  session->dataReceived("b\r\nc\r\n");
  expectTimeoutIn(60s);
}

TEST_F(TimeoutMixinTest, LeavesTheTimerAloneWhenReset) {
  session->setTimeout(60s);
  for (int i = 0; i < 1000; ++i) {
    advance(59ms);
    session->resetTimeout();
    ASSERT_EQ(transport->time.pendingCalls(), 1u);
  }
  expectTimeoutIn(60s);
  EXPECT_EQ(transport->time.pendingCalls(), 0u);
}

TEST_F(TimeoutMixinTest, IsResetAtTheMomentItWouldHaveTimedOut) {
  transport->time.callLater(60s, [&] { session->resetTimeout(); });  // before the mixin's own
  session->setTimeout(60s);
  advance(60s);
  EXPECT_EQ(session->timeouts, 0);
  advance(60s);
  EXPECT_EQ(session->timeouts, 1);
}

TEST_F(TimeoutMixinTest, TimesOutWhenTheClockIsLate) {
  session->setTimeout(60s);
  advance(30s);
  session->resetTimeout();
  advance(1h);
  EXPECT_EQ(session->timeouts, 1);
}

TEST_F(TimeoutMixinTest, DoesNothingWithoutATime) {
  session->resetTimeout();
  EXPECT_EQ(session->setTimeout(std::nullopt), std::nullopt);
  session->resetTimeout();
  EXPECT_EQ(transport->time.pendingCalls(), 0u);
}

TEST_F(TimeoutMixinTest, TellsWhatWasAllowedBefore) {
  EXPECT_EQ(session->setTimeout(60s), std::nullopt);
  EXPECT_EQ(session->setTimeout(30s), Duration(60s));
  EXPECT_EQ(session->setTimeout(std::nullopt), Duration(30s));
  EXPECT_EQ(session->setTimeout(1s), std::nullopt);
}

TEST_F(TimeoutMixinTest, AllowsMoreFromNowOn) {
  session->setTimeout(60s);
  advance(59s);
  session->setTimeout(100s);
  expectTimeoutIn(100s);
}

TEST_F(TimeoutMixinTest, AllowsLessFromNowOn) {
  session->setTimeout(60s);
  advance(5s);
  session->dataReceived("late\r\n");
  expectTimeoutIn(10s);
}

TEST_F(TimeoutMixinTest, AllowsAnySilenceAgain) {
  session->setTimeout(60s);
  session->setTimeout(std::nullopt);
  EXPECT_EQ(transport->time.pendingCalls(), 0u);
  advance(1h);
  EXPECT_EQ(session->timeouts, 0);
}

TEST_F(TimeoutMixinTest, StaysQuietAfterItHasTimedOutUntilATimeIsSetAgain) {
  session->setTimeout(60s);
  advance(60s);
  session->resetTimeout();
  advance(1h);
  EXPECT_EQ(session->timeouts, 1);
  session->setTimeout(60s);
  advance(60s);
  EXPECT_EQ(session->timeouts, 2);
}

TEST_F(TimeoutMixinTest, CanBeSetAgainByWhatItCalls) {
  session->whenTimedOut = [&] { session->setTimeout(5s); };
  session->setTimeout(60s);
  advance(60s);
  advance(5s);
  EXPECT_EQ(session->timeouts, 2);
}

TEST_F(TimeoutMixinTest, ClosesTheConnectionByDefault) {
  struct Plain : Protocol, TimeoutMixin {
    void connectionMade() override { setTimeout(1500ms); }
  };
  auto plain = std::make_shared<Plain>();
  plain->makeConnection(transport);
  advance(1500ms);
  EXPECT_TRUE(transport->disconnecting());
  EXPECT_FALSE(transport->aborting());
  ASSERT_TRUE(transport->reason());
  EXPECT_TRUE(transport->reason()->check<IdleTimeout>());
  EXPECT_TRUE(transport->reason()->check<ConnectionDone>());
  EXPECT_EQ(transport->reason()->getErrorMessage(),
            "Connection was closed: nothing happened on it for 1.5 s.");
}

TEST_F(TimeoutMixinTest, LosesTheConnectionWithWhatItsOverrideThrows) {
  session->whenTimedOut = [] { throw std::runtime_error("no time for this"); };
  session->setTimeout(60s);
  EXPECT_NO_THROW(advance(60s));
  ASSERT_TRUE(transport->reason());
  EXPECT_TRUE(transport->reason()->check<std::runtime_error>());
}

TEST_F(TimeoutMixinTest, DoesNothingOnceTheConnectionIsLost) {
  session->setTimeout(60s);
  transport->setConnected(false);
  advance(60s);
  EXPECT_EQ(session->timeouts, 0);
  session->setTimeout(60s);
  session->resetTimeout();
  EXPECT_EQ(transport->time.pendingCalls(), 0u);
}

TEST_F(TimeoutMixinTest, EndsWithItsProtocol) {
  session->setTimeout(60s);
  session.reset();
  EXPECT_EQ(transport->time.pendingCalls(), 0u);
}

TEST_F(TimeoutMixinTest, SurvivesAnOverrideThatLetsGoOfItsProtocol) {
  session->whenTimedOut = [this] { session.reset(); };
  session->setTimeout(60s);
  advance(60s);
  EXPECT_FALSE(session);
}

TEST_F(TimeoutMixinTest, RefusesANegativeTime) {
  session->setTimeout(60s);
  EXPECT_THROW(session->setTimeout(-1s), std::invalid_argument);
  EXPECT_EQ(session->setTimeout(std::nullopt), Duration(60s));
}

TEST(TimeoutMixin, NeedsATransport) {
  Session session;
  EXPECT_THROW(session.setTimeout(60s), std::logic_error);
  EXPECT_EQ(session.setTimeout(std::nullopt), std::nullopt);
}

TEST(TimeoutMixin, NeedsAProtocol) {
  TimeoutMixin alone;
  EXPECT_THROW(alone.setTimeout(60s), std::logic_error);
}

}  // namespace
}  // namespace plait
