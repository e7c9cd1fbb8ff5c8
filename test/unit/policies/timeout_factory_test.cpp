#include <plait/policies/errors.hpp>
#include <plait/policies/timeout_factory.hpp>
#include <plait/policies/timeout_protocol.hpp>
#include <plait/testing/string_transport.hpp>

#include "support/policy_test.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

/// A protocol behind a TimeoutFactory, over a transport that a test plays.
struct TimeoutFactoryTest : PolicyTest {
  ~TimeoutFactoryTest() override {
    if (protocol && lost == 0) lose();
    EXPECT_EQ(transport->time.pendingCalls(), 0u) << "nothing is left behind";
  }

  void start(const TimeoutOptions& options) {
    protocol =
        std::make_shared<TimeoutFactory>(server, options)->makeProtocol(transport->getPeer());
    protocol->makeConnection(transport);
  }
  Served& served() { return *server->protocols.back(); }

  void receive(BytesView data) {
    transport->received += data.size();
    protocol->dataReceived(data);
  }
  /// Writes what the system takes at once.
  void write(BytesView data) { served().transport().write(data); }
  /// Writes what it does not take.
  void writeInVain(BytesView data) {
    transport->setBufferedBytes(transport->bufferedBytes() + data.size());
    write(data);
  }
  /// The system takes so many of the bytes that wait.
  void take(std::size_t bytes) { transport->setBufferedBytes(transport->bufferedBytes() - bytes); }
  void lose() {
    ++lost;
    transport->setConnected(false);
    protocol->connectionLost(connectionDone());
  }

  void advance(Duration time) { transport->time.advance(time); }
  bool closed() const { return transport->disconnecting(); }
  template <class Reason>
  bool closedFor() const {
    return transport->reason() && transport->reason()->check<Reason>();
  }
  /// It is closed when this much time has passed, and not before.
  template <class Reason>
  void expectClosedIn(Duration time) {
    advance(time - 1ns);
    EXPECT_FALSE(closed());
    advance(1ns);
    EXPECT_TRUE(closedFor<Reason>());
  }
  /// Time passes until the connection is closed, a moment at a time; how much it was.
  Duration timeUntilClosed(Duration step = 1ms, Duration most = 1h) {
    Duration passed = 0s;
    while (!closed() && passed < most) {
      advance(step);
      passed += step;
    }
    return passed;
  }

  std::shared_ptr<StringTransport> transport = std::make_shared<StringTransport>();
  std::shared_ptr<Protocol> protocol;
  int lost = 0;
};

// --- idle ------------------------------------------------------------------------------

TEST_F(TimeoutFactoryTest, ClosesAnIdleConnection) {
  start({.idle = 60s});
  expectClosedIn<IdleTimeout>(60s);
  EXPECT_TRUE(closedFor<ConnectionTimeout>());
  EXPECT_FALSE(transport->aborting());
}

TEST_F(TimeoutFactoryTest, CountsBytesThatCome) {
  start({.idle = 60s});
  advance(41s);
  receive("x");
  expectClosedIn<IdleTimeout>(60s);
}

TEST_F(TimeoutFactoryTest, CountsBytesThatLeaveAtOnceToTheMoment) {
  start({.idle = 60s});
  advance(41s);
  write("x");
  advance(1s);
  write("y");
  expectClosedIn<IdleTimeout>(60s);
}

TEST_F(TimeoutFactoryTest, DoesNotCountBytesThatAreWrittenInVain) {
  start({.idle = 60s});
  for (int i = 0; i < 59; ++i) {
    writeInVain("x");
    advance(1s);
  }
  EXPECT_FALSE(closed());
  advance(1s);
  EXPECT_TRUE(closedFor<IdleTimeout>());
}

TEST_F(TimeoutFactoryTest, CountsBytesWhenTheSystemTakesThem) {
  start({.idle = 60s});
  writeInVain("xy");
  advance(50s);
  take(1);
  const Duration first = timeUntilClosed(10ms);
  EXPECT_GE(first, 60s);
  EXPECT_LE(first, 75s) << "a quarter late at most";
}

TEST_F(TimeoutFactoryTest, GoesOnAsLongAsAByteMovesInTime) {
  start({.idle = 60s});
  for (int i = 0; i < 20; ++i) {
    advance(59s);
    receive("x");
    advance(59s);
    write("x");
    advance(58s);
    writeInVain("x");
    advance(1s);
    take(1);
    ASSERT_FALSE(closed()) << i;
  }
}

TEST_F(TimeoutFactoryTest, CostsNoTimerAByte) {
  start({.idle = 60s});
  for (int i = 0; i < 10000; ++i) {
    advance(1ms);
    receive("x");
    write("y");
    ASSERT_EQ(transport->time.pendingCalls(), 1u);
  }
}

// --- the others ------------------------------------------------------------------------

TEST_F(TimeoutFactoryTest, ClosesWhatSendsNoFirstByte) {
  start({.firstByte = 5s});
  write("220 hello");
  expectClosedIn<FirstByteTimeout>(5s);
}

TEST_F(TimeoutFactoryTest, WantsTheFirstByteOnly) {
  start({.firstByte = 5s});
  advance(5s - 1ns);
  receive("x");
  advance(1h);
  EXPECT_FALSE(closed());
}

TEST_F(TimeoutFactoryTest, ClosesWhatSendsNothingMore) {
  start({.readProgress = 5s});
  advance(4s);
  receive("x");
  for (int i = 0; i < 4; ++i) {
    advance(1s);
    write("y");
  }
  expectClosedIn<ReadTimeout>(1s);
}

TEST_F(TimeoutFactoryTest, BlamesNobodyForAPauseOfTheProtocols) {
  start({.firstByte = 5s, .readProgress = 5s});
  served().transport().pauseProducing();
  EXPECT_EQ(transport->reading(), StringTransport::Reading::paused);
  advance(1h);
  EXPECT_FALSE(closed());
  served().transport().resumeProducing();
  advance(5s - 1ns);
  EXPECT_FALSE(closed());
  advance(1ns);
  EXPECT_TRUE(closed());
}

TEST_F(TimeoutFactoryTest, WantsNoBytesFromAConnectionThatCloses) {
  start({.firstByte = 5s, .readProgress = 5s});
  served().transport().loseConnection();
  advance(1h);
  EXPECT_FALSE(transport->reason());
}

TEST_F(TimeoutFactoryTest, ClosesWhatTakesNothing) {
  start({.writeProgress = 8s});
  advance(1h);
  writeInVain("x");
  for (int i = 0; i < 79; ++i) {
    receive("the peer sends");
    advance(100ms);
    ASSERT_FALSE(closed());
  }
  advance(100ms + 2s);
  EXPECT_TRUE(closedFor<WriteTimeout>());
}

TEST_F(TimeoutFactoryTest, WaitsForWhatTakesALittle) {
  start({.writeProgress = 8s});
  writeInVain(Bytes(100, 'x'));
  for (int i = 0; i < 90; ++i) {
    advance(8s - 1ns);
    take(1);
    ASSERT_FALSE(closed()) << i;
  }
  const Duration passed = timeUntilClosed(10ms);
  EXPECT_GE(passed, 8s);
  EXPECT_LE(passed, 10s);
  EXPECT_TRUE(closedFor<WriteTimeout>());
}

TEST_F(TimeoutFactoryTest, HasNoWriteTimeoutWhileNothingWaits) {
  start({.writeProgress = 8s});
  write("x");
  advance(1h);
  writeInVain("x");
  advance(7s);
  take(1);
  advance(1h);
  EXPECT_FALSE(closed());
}

TEST_F(TimeoutFactoryTest, EndsALongLife) {
  start({.lifetime = 1h});
  for (int i = 0; i < 59; ++i) {
    advance(1min);
    receive("x");
    write("y");
  }
  expectClosedIn<LifetimeTimeout>(1min);
}

TEST_F(TimeoutFactoryTest, HasEachTimeoutBesideTheOthers) {
  start({.idle = 60s, .firstByte = 5s, .readProgress = 40s, .lifetime = 1h});
  advance(4s);
  receive("x");
  for (int i = 0; i < 3; ++i) {
    advance(30s);
    receive("x");
  }
  EXPECT_FALSE(closed());
  EXPECT_EQ(timeUntilClosed(), 40s);
  EXPECT_TRUE(closedFor<ReadTimeout>());
}

TEST_F(TimeoutFactoryTest, ClosesAfterHalfAnHourUnlessToldOtherwise) {
  protocol = std::make_shared<TimeoutFactory>(server)->makeProtocol(transport->getPeer());
  protocol->makeConnection(transport);
  EXPECT_EQ(timeUntilClosed(1s), 30min);
}

TEST_F(TimeoutFactoryTest, SaysWhy) {
  const auto reason = [this](const TimeoutOptions& options) {
    transport = std::make_shared<StringTransport>();
    start(options);
    writeInVain("x");
    timeUntilClosed(100ms);
    lose();
    lost = 0;
    protocol.reset();
    return transport->reason()->getErrorMessage();
  };
  EXPECT_EQ(reason({.idle = 1500ms}), "Connection was closed: nothing happened on it for 1.5 s.");
  EXPECT_EQ(reason({.firstByte = 5s}),
            "Connection was closed: the peer sent no first byte within 5 s.");
  EXPECT_EQ(reason({.readProgress = 5s}), "Connection was closed: the peer sent nothing for 5 s.");
  EXPECT_EQ(reason({.writeProgress = 5s}),
            "Connection was closed: the peer took nothing of what waits for it for 5 s.");
  EXPECT_EQ(reason({.lifetime = 1h}), "Connection was closed: it has lasted for 3600 s.");
}

// --- The end ---------------------------------------------------------------------------

TEST_F(TimeoutFactoryTest, AbortsWhatDoesNotClose) {
  start({.idle = 60s, .abortAfter = 10s});
  writeInVain("x");
  advance(60s);
  EXPECT_TRUE(closedFor<IdleTimeout>());
  advance(10s - 1ns);
  EXPECT_FALSE(transport->aborting());
  advance(1ns);
  EXPECT_TRUE(transport->aborting());
  EXPECT_TRUE(closedFor<IdleTimeout>());
}

TEST_F(TimeoutFactoryTest, AbortsWhatTheProtocolHasClosedInVain) {
  start({.lifetime = 60s, .abortAfter = 10s});
  writeInVain("x");
  served().transport().loseConnection();
  advance(60s);
  EXPECT_FALSE(transport->aborting());
  advance(10s);
  EXPECT_TRUE(transport->aborting());
}

TEST_F(TimeoutFactoryTest, IsOverWithItsConnection) {
  start({.idle = 60s});
  lose();
  EXPECT_EQ(transport->time.pendingCalls(), 0u);
  EXPECT_EQ(served().lost, 1);
  protocol.reset();
  served().transport();
}

TEST_F(TimeoutFactoryTest, IsOverWhenTheProtocolThrowsAtTheLoss) {
  server->whenLost = [] { throw std::runtime_error("lost"); };
  start({.idle = 60s});
  EXPECT_THROW(lose(), std::runtime_error);
  EXPECT_EQ(transport->time.pendingCalls(), 0u);
}

// --- Changes ---------------------------------------------------------------------------

TEST_F(TimeoutFactoryTest, LetsAProtocolHaveOtherTimeouts) {
  start({.idle = 60s, .firstByte = 5s});
  advance(3s);
  receive("login");
  TimeoutProtocol::of(served().transport())->setTimeouts({.idle = 10s});
  EXPECT_EQ(TimeoutProtocol::of(served().transport())->timeouts().idle, Duration(10s));
  EXPECT_EQ(timeUntilClosed(), 10s);
}

TEST_F(TimeoutFactoryTest, LetsAProtocolHaveOtherTimeoutsFromTheStart) {
  server->whenMade = [this] {
    TimeoutProtocol::of(served().transport())->setTimeouts({.lifetime = 7s});
  };
  start({.idle = 60s, .firstByte = 5s});
  EXPECT_EQ(timeUntilClosed(), 7s);
}

TEST_F(TimeoutFactoryTest, LetsAProtocolHaveNoTimeouts) {
  start({.idle = 60s, .firstByte = 5s});
  TimeoutProtocol::of(served().transport())->cancelTimeouts();
  EXPECT_EQ(transport->time.pendingCalls(), 0u);
  writeInVain("x");
  receive("x");
  advance(24h);
  EXPECT_FALSE(closed());
}

TEST_F(TimeoutFactoryTest, ChangesNothingOnceItHasClosed) {
  start({.idle = 60s, .abortAfter = 10s});
  advance(60s);
  TimeoutProtocol::of(served().transport())->setTimeouts({.idle = 1h});
  advance(10s);
  EXPECT_TRUE(transport->aborting());
}

TEST_F(TimeoutFactoryTest, IsNotThereForOthers) {
  EXPECT_EQ(TimeoutProtocol::of(*transport), nullptr);
}

TEST_F(TimeoutFactoryTest, RefusesTimesThatAreNone) {
  EXPECT_THROW(TimeoutFactory(server, {.idle = 0s}), std::invalid_argument);
  EXPECT_THROW(TimeoutFactory(server, {.lifetime = -1s}), std::invalid_argument);
  start({.idle = 60s});
  auto& timeouts = *TimeoutProtocol::of(served().transport());
  EXPECT_THROW(timeouts.setTimeouts({.readProgress = 0s}), std::invalid_argument);
  EXPECT_EQ(timeouts.timeouts().idle, Duration(60s));
}

}  // namespace
}  // namespace plait::testing
