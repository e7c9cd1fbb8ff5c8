#include <plait/policies/errors.hpp>
#include <plait/policies/limit_total_connections_factory.hpp>
#include <plait/policies/timeout_factory.hpp>
#include <random>

#include "support/policy_test.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

/// Timeouts over the real rules of transports, in memory.
struct TimeoutConnectionsTest : PolicyTest {
  /// A client connects, and everything rests.
  void start(const TimeoutOptions& options, std::size_t pipe = 64 * 1024) {
    const auto factory = std::make_shared<TimeoutFactory>(server, options);
    client = std::make_shared<RecordingProtocol>();
    connections.push_back(std::make_unique<MemoryConnection>(
        clock, factory->makeProtocol({}), client,
        MemoryConnection::Options{.pipeCapacity = pipe, .log = &log.log}));
    connections.back()->flush();
  }
  Served& served() { return *server->protocols.back(); }
  MemoryConnection& connection() { return *connections.back(); }
  /// A second at a time: a clock that jumps makes every call late.
  void advance(Duration time) {
    for (Duration step; time > 0s; time -= step) {
      step = std::min<Duration>(time, 1s);
      clock.advance(step);
      connection().flush();
    }
  }
  template <class Reason>
  bool lostFor() {
    return served().lost == 1 && served().reason->check<Reason>();
  }
};

TEST_F(TimeoutConnectionsTest, ClosesAnIdleConnectionAsCleanlyAsEver) {
  start({.idle = 60s});
  advance(60s - 1ns);
  EXPECT_TRUE(client->connected());
  advance(1ns);
  EXPECT_TRUE(lostFor<IdleTimeout>());
  EXPECT_TRUE(client->reason->check<ConnectionDone>());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(TimeoutConnectionsTest, CountsAnAnswerToTheMoment) {
  start({.idle = 60s});
  advance(41s);
  client->transport().write("question");
  connection().flush();
  advance(1s);
  served().transport().write("answer");
  connection().flush();
  EXPECT_EQ(client->data, "answer");
  advance(60s - 1ns);
  EXPECT_TRUE(client->connected());
  advance(1ns);
  EXPECT_TRUE(lostFor<IdleTimeout>());
}

TEST_F(TimeoutConnectionsTest, EndsAPeerThatTakesNoReplies) {
  start({.idle = 60s, .abortAfter = 10s}, 1000);
  client->transport().pauseProducing();
  served().transport().write(Bytes(5000, 'x'));
  connection().flush();
  for (int i = 0; i < 59; ++i) {
    advance(1s);
    served().transport().write("more");
    connection().flush();
  }
  EXPECT_EQ(served().lost, 0);
  advance(1s + 15s);
  EXPECT_TRUE(served().transport().disconnecting());
  EXPECT_EQ(served().lost, 0) << "it may still take them";
  advance(10s);
  EXPECT_TRUE(lostFor<IdleTimeout>());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(TimeoutConnectionsTest, LetsAPeerTakeItsLastReplies) {
  start({.idle = 60s, .abortAfter = 10s}, 1000);
  client->transport().pauseProducing();
  served().transport().write(Bytes(5000, 'x'));
  connection().flush();
  advance(75s);
  EXPECT_TRUE(served().transport().disconnecting());
  client->transport().resumeProducing();
  connection().flush();
  EXPECT_EQ(client->data.size(), 5000u);
  EXPECT_TRUE(client->reason->check<ConnectionDone>());
  EXPECT_TRUE(lostFor<IdleTimeout>());
}

TEST_F(TimeoutConnectionsTest, IsNotEarlyWhenBytesLeaveLaterThanTheyWereWritten) {
  // Before anybody has looked at them, and after.
  for (const Duration waiting : {14s, 20s}) {
    SCOPED_TRACE(waiting.count());
    start({.idle = 60s}, 1000);
    client->transport().pauseProducing();
    served().transport().write(Bytes(1500, 'x'));
    connection().flush();
    advance(waiting);
    client->transport().resumeProducing();
    connection().flush();
    EXPECT_EQ(served().transport().bufferedBytes(), 0u);
    advance(60s - 1ns);
    EXPECT_EQ(served().lost, 0);
    advance(15s + 1ns);
    EXPECT_TRUE(lostFor<IdleTimeout>());
  }
}

TEST_F(TimeoutConnectionsTest, AbortsAtOnceWithoutTimeToClose) {
  start({.idle = 60s, .abortAfter = 0s}, 1000);
  client->transport().pauseProducing();
  served().transport().write(Bytes(5000, 'x'));
  connection().flush();
  advance(75s);
  EXPECT_TRUE(lostFor<IdleTimeout>());
}

/// One that would never end by itself.
struct Endless : PushProducer {
  void pauseProducing() override {}
  void resumeProducing() override {}
  void stopProducing() override {
    ++stopped;
    if (throws) throw std::runtime_error("stop");
  }
  int stopped = 0;
  bool throws = false;
};

TEST_F(TimeoutConnectionsTest, DoesNotWaitForAProducer) {
  Endless producer;
  start({.idle = 60s});
  served().transport().registerProducer(producer);
  advance(60s);
  EXPECT_TRUE(lostFor<IdleTimeout>());
  EXPECT_TRUE(client->reason->check<ConnectionDone>());
  EXPECT_EQ(producer.stopped, 1);
}

TEST_F(TimeoutConnectionsTest, BearsAProducerThatThrows) {
  Endless producer;
  producer.throws = true;
  start({.idle = 60s});
  served().transport().registerProducer(producer);
  advance(60s);
  EXPECT_TRUE(lostFor<IdleTimeout>());
  EXPECT_EQ(log.failures(), std::vector<std::string>{"stop"});
  EXPECT_EQ(producer.stopped, 1);
}

TEST_F(TimeoutConnectionsTest, ClosesAConnectionThatProducesForItself) {
  start({.idle = 60s, .abortAfter = 10s}, 1000);
  served().transport().registerProducer(served().transport());
  client->transport().pauseProducing();
  served().transport().write(Bytes(100 * 1000, 'x'));
  connection().flush();
  advance(75s);
  EXPECT_TRUE(served().transport().disconnecting());
  client->transport().resumeProducing();
  connection().flush();
  EXPECT_EQ(client->data.size(), 100u * 1000);
  EXPECT_TRUE(lostFor<IdleTimeout>());
}

TEST_F(TimeoutConnectionsTest, StacksWithALimit) {
  const auto limited =
      std::make_shared<LimitTotalConnectionsFactory>(server, 1, OverflowOptions{}, refusals());
  const auto factory = std::make_shared<TimeoutFactory>(limited, TimeoutOptions{.idle = 60s});
  EXPECT_TRUE(connect(*factory));
  EXPECT_FALSE(connect(*factory));
  advance(60s);
  EXPECT_TRUE(lostFor<IdleTimeout>());
  EXPECT_EQ(limited->connectionCount(), 0u);
  EXPECT_TRUE(connect(*factory));
}

/// Random talk over a narrow pipe, with a client that stops reading now and then: never early,
/// never more than a quarter late.
TEST_F(TimeoutConnectionsTest, IsNeitherEarlyNorLateWhateverIsSaid) {
  constexpr Duration kIdle = 40s;
  for (unsigned seed = 0; seed < 100; ++seed) {
    std::mt19937 random(seed);
    start({.idle = kIdle}, 100);
    MemoryTransport& transport = connection().server();
    TimePoint moved = clock.now();
    std::uint64_t movedBytes = 0;
    const auto look = [&] {
      connection().flush();
      const std::uint64_t bytes = transport.bytesReceived() + transport.bytesSent();
      if (std::exchange(movedBytes, bytes) != bytes) moved = clock.now();
    };
    for (int i = 0; i < 2000 && !transport.disconnecting(); ++i) {
      const auto chance = random() % 100;
      const bool busy = i / 100 % 2 == 0;
      if (busy && chance < 10) client->transport().write("x");
      if (busy && chance < 15) served().transport().write(Bytes(random() % 200, 'y'));
      if (busy && chance > 95) client->transport().pauseProducing();
      if (busy && chance < 5) client->transport().resumeProducing();
      look();
      if (transport.disconnecting()) break;
      clock.advance(500ms);
      const Duration still = clock.now() - moved;
      ASSERT_TRUE(transport.disconnecting() || still <= kIdle * 5 / 4) << seed;
    }
    ASSERT_TRUE(transport.disconnecting()) << seed;
    ASSERT_GE(clock.now() - moved, kIdle) << seed;
    connections.clear();
    ASSERT_EQ(clock.pendingCalls(), 0u) << seed;
  }
}

}  // namespace
}  // namespace plait::testing
