#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/policies/throttling_factory.hpp>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <stdexcept>

#include "one_protocol.hpp"

namespace plait {
namespace {

using namespace std::chrono_literals;
using testing::Clock;
using testing::MemoryConnection;
using testing::OneProtocol;
using testing::RecordingProtocol;

struct Counting : PushProducer {
  void pauseProducing() override { ++paused; }
  void resumeProducing() override { ++resumed; }
  void stopProducing() override { ++stopped; }
  int paused = 0, resumed = 0, stopped = 0;
};

std::shared_ptr<Protocol> throttled(std::shared_ptr<Protocol> protocol, ThrottlingOptions options) {
  return std::make_shared<ThrottlingFactory>(std::make_shared<OneProtocol>(std::move(protocol)),
                                             std::move(options))
      ->makeProtocol(Address());
}

struct ThrottlingFactoryTest : ::testing::Test {
  /// A throttled server, and a client that is not.
  void connect(ThrottlingOptions options) {
    connection.emplace(clock, throttled(server, std::move(options)), client);
    connection->flush();
  }
  void run(Duration time, Duration step = 1ms) {
    for (Duration passed = 0ns; passed < time; passed += step) {
      connection->flush();
      clock.advance(step);
    }
    connection->flush();
  }
  std::size_t serverHas() const { return server->data.size(); }
  std::size_t clientHas() const { return client->data.size(); }

  Clock clock;
  std::shared_ptr<RecordingProtocol> server = std::make_shared<RecordingProtocol>();
  std::shared_ptr<RecordingProtocol> client = std::make_shared<RecordingProtocol>();
  std::optional<MemoryConnection> connection;
};

constexpr BandwidthLimit kTenThousand{.rate = 10'000, .burst = 1000};

/// Bytes that show where they have been cut or mixed up.
Bytes pattern(std::size_t size) {
  Bytes bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

TEST_F(ThrottlingFactoryTest, ChangesNothingWithoutLimits) {
  connect({});
  client->transport().write(pattern(100'000));
  server->transport().write(pattern(100'000));
  connection->flush();
  EXPECT_EQ(server->data, pattern(100'000));
  EXPECT_EQ(client->data, pattern(100'000));
}

TEST_F(ThrottlingFactoryTest, DelaysPlainWrites) {
  connect({.writeLimit = kTenThousand});
  server->transport().write(pattern(6000));
  connection->flush();
  EXPECT_EQ(clientHas(), 1000u);
  run(250ms);
  EXPECT_NEAR(clientHas(), 3500, 550);
  run(300ms);
  EXPECT_EQ(client->data, pattern(6000));
}

TEST_F(ThrottlingFactoryTest, WritesInSmallSteps) {
  connect({.writeLimit = BandwidthLimit{.rate = 100'000, .burst = 1000}});
  server->transport().write(pattern(100'000));
  std::size_t before = 1000;
  connection->flush();
  for (int step = 0; step < 95; ++step) {
    run(10ms);
    EXPECT_NEAR(clientHas() - before, 1000, 1000);
    before = clientHas();
  }
}

TEST_F(ThrottlingFactoryTest, DelaysReading) {
  connect({.readLimit = kTenThousand});
  client->transport().write(pattern(6000));
  connection->flush();
  EXPECT_EQ(serverHas(), 1000u);
  run(250ms);
  EXPECT_NEAR(serverHas(), 3500, 550);
  run(300ms);
  EXPECT_EQ(server->data, pattern(6000));
}

TEST_F(ThrottlingFactoryTest, LetsThePeerFeelThatItReadsSlowly) {
  connect({.readLimit = kTenThousand});
  client->transport().write(pattern(1'000'000));
  connection->flush();
  // One chunk is kept, one is in the pipe, the rest stays with the client.
  EXPECT_GE(client->transport().bufferedBytes(), 1'000'000u - 1000 - 2 * 64 * 1024);
}

TEST_F(ThrottlingFactoryTest, LimitsEachDirectionByItself) {
  connect({.readLimit = kTenThousand});
  server->transport().write(pattern(500'000));
  connection->flush();
  EXPECT_EQ(client->data, pattern(500'000));
}

TEST_F(ThrottlingFactoryTest, KeepsWhatMayNotBeReadWhileTheUserPauses) {
  connect({.readLimit = kTenThousand});
  client->transport().write(pattern(3000));
  connection->flush();
  server->transport().pauseProducing();
  run(1s);
  EXPECT_EQ(serverHas(), 1000u);
  server->transport().resumeProducing();
  run(1s);
  EXPECT_EQ(server->data, pattern(3000));
}

TEST_F(ThrottlingFactoryTest, FlushesBeforeItCloses) {
  connect({.writeLimit = kTenThousand});
  server->transport().write(pattern(6000));
  server->transport().loseConnection();
  run(400ms);
  EXPECT_EQ(client->lost, 0);
  run(200ms);
  EXPECT_EQ(client->data, pattern(6000));
  ASSERT_TRUE(client->reason && server->reason);
  EXPECT_TRUE(client->reason->check<ConnectionDone>());
  EXPECT_TRUE(server->reason->check<ConnectionDone>());
}

TEST_F(ThrottlingFactoryTest, FlushesBeforeItClosesItsSendingHalf) {
  struct Half : RecordingProtocol, HalfCloseableProtocol {
    void readConnectionLost() override {}
    void writeConnectionLost() override { ++writeLost; }
    int writeLost = 0;
  };
  const auto half = std::make_shared<Half>();
  server = half;
  connect({.writeLimit = kTenThousand});
  client->transport().write("question");
  server->transport().write(pattern(6000));
  server->transport().loseWriteConnection();
  run(400ms);
  EXPECT_EQ(half->writeLost, 0);
  run(200ms);
  EXPECT_EQ(half->writeLost, 1);
  EXPECT_EQ(client->data, pattern(6000));
}

TEST_F(ThrottlingFactoryTest, DeliversWhatCameBeforeTheEnd) {
  connect({.readLimit = kTenThousand});
  client->transport().write(pattern(6000));
  client->transport().loseConnection();
  run(400ms);
  EXPECT_EQ(server->lost, 0);
  run(200ms);
  EXPECT_EQ(server->data, pattern(6000));
  EXPECT_EQ(server->lost, 1);
  EXPECT_TRUE(server->reason->check<ConnectionDone>());
}

TEST_F(ThrottlingFactoryTest, IsNotAbortedForBeingSlowInClosing) {
  connect({.writeLimit = BandwidthLimit{.rate = 10, .burst = 10}});
  server->transport().write(pattern(2000));
  server->transport().loseConnection();
  run(220s, 100ms);
  EXPECT_EQ(client->data, pattern(2000));
  EXPECT_TRUE(server->reason->check<ConnectionDone>());
}

TEST_F(ThrottlingFactoryTest, IsNotAbortedWhileOthersHaveTheirTurn) {
  const auto shared = std::make_shared<Throttle>(clock, BandwidthLimit{.rate = 1, .burst = 1});
  shared->take(1);
  struct Glutton : Throttle::Waiter {
    void mayGoOn() override {
      while (throttle->take(1000, *this) > 0) {
      }
    }
    Throttle* throttle;
  };
  std::vector<std::unique_ptr<Glutton>> others;
  for (int i = 0; i < 100; ++i) {
    others.push_back(std::make_unique<Glutton>());
    others.back()->throttle = shared.get();
    others.back()->mayGoOn();
  }
  connect({.sharedWrite = shared});
  server->transport().write("ab");
  server->transport().loseConnection();
  run(250s, 100ms);
  EXPECT_EQ(client->data, "ab");
  EXPECT_TRUE(server->reason->check<ConnectionDone>());
}

TEST_F(ThrottlingFactoryTest, AbortsACloseWhosePeerTakesNothing) {
  connect({.writeLimit = BandwidthLimit{.rate = 1'000'000}});
  client->transport().pauseProducing();
  server->transport().write(pattern(1'000'000));
  server->transport().loseConnection();
  run(70s, 100ms);
  ASSERT_EQ(server->lost, 1);
  EXPECT_TRUE(server->reason->check<CloseTimeout>());
}

TEST_F(ThrottlingFactoryTest, DropsWhatWaitsWhenAborted) {
  connect({.readLimit = kTenThousand, .writeLimit = kTenThousand});
  client->transport().write(pattern(6000));
  server->transport().write(pattern(6000));
  connection->flush();
  server->transport().abortConnection();
  run(1s);
  EXPECT_EQ(serverHas(), 1000u);
  EXPECT_TRUE(server->reason->check<ConnectionAborted>());
  EXPECT_TRUE(client->reason->check<ConnectionLost>());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(ThrottlingFactoryTest, LeavesNothingBehind) {
  const std::weak_ptr<Protocol> weak = server;
  connect({.readLimit = kTenThousand, .writeLimit = kTenThousand});
  client->transport().write(pattern(3000));
  server->transport().write(pattern(3000));
  connection->flush();
  server->transport().loseConnection();
  server.reset();
  run(2s);
  EXPECT_TRUE(weak.expired());
  EXPECT_EQ(clock.pendingCalls(), 0u);
}

TEST_F(ThrottlingFactoryTest, PausesProducersWhileBytesWaitForLeave) {
  connect({.writeLimit = BandwidthLimit{.rate = 100'000, .burst = 1000}});
  Counting producer;
  server->transport().registerProducer(producer);
  server->transport().write(pattern(100'000));
  connection->flush();
  EXPECT_EQ(producer.paused, 1);
  EXPECT_GT(server->transport().bufferedBytes(), 64u * 1024);
  run(960ms);
  EXPECT_EQ(producer.resumed, 0);
  run(60ms);
  EXPECT_EQ(producer.resumed, 1);
  server->transport().unregisterProducer();
}

TEST_F(ThrottlingFactoryTest, SharesALimitAmongConnections) {
  const auto shared = std::make_shared<Throttle>(clock, kTenThousand);
  connect({.sharedWrite = shared});
  const auto otherServer = std::make_shared<RecordingProtocol>();
  const auto otherClient = std::make_shared<RecordingProtocol>();
  MemoryConnection other(clock, throttled(otherServer, {.sharedWrite = shared}), otherClient);
  server->transport().write(pattern(1'000'000));
  otherServer->transport().write(pattern(1'000'000));
  for (int i = 0; i < 2000; ++i) {
    connection->pump();
    other.pump();
    clock.advance(1ms);
  }
  connection->flush();
  other.flush();
  EXPECT_NEAR(clientHas() + otherClient->data.size(), 21'000, 600);
  EXPECT_NEAR(clientHas(), 10'500, 1600);
}

TEST_F(ThrottlingFactoryTest, KeepsItsLimitInAnyInterval) {
  connect({.readLimit = BandwidthLimit{.rate = 50'000, .burst = 2000}});
  client->transport().write(pattern(200'000));
  std::vector<std::size_t> history;
  for (int i = 0; i < 3000; ++i) {
    connection->flush();
    history.push_back(serverHas());
    clock.advance(1ms);
  }
  for (std::size_t from = 0; from < history.size(); from += 7) {
    for (std::size_t to = from; to < history.size(); to += 13) {
      ASSERT_LE(history[to] - history[from], 50 * (to - from) + 2000);
    }
  }
}

TEST_F(ThrottlingFactoryTest, ClosesInTheMiddleOfWhatItMayNotReadYet) {
  connect({.readLimit = kTenThousand});
  client->transport().write(pattern(6000));
  run(100ms);  // some of it has been read, and more is waited for
  client->transport().pauseProducing();
  server->transport().write(pattern(500'000));  // the client takes no more than the pipe holds
  server->transport().loseConnection();
  run(2s);
  EXPECT_LT(serverHas(), 6000u);
  client->transport().resumeProducing();
  run(100ms);
  EXPECT_EQ(client->data, pattern(500'000));
  ASSERT_TRUE(server->reason);
  EXPECT_TRUE(server->reason->check<ConnectionDone>());
}

TEST_F(ThrottlingFactoryTest, KeepsItsReadLimitWhileItThrowsAwayWhatComes) {
  connect({.readLimit = kTenThousand});
  client->transport().pauseProducing();
  server->transport().write(pattern(500'000));
  server->transport().loseConnection();
  client->transport().write(pattern(1'000'000));
  run(1s);
  // One chunk is kept, one is in the pipe, ten thousand bytes have been thrown away.
  EXPECT_GE(client->transport().bufferedBytes(), 1'000'000u - 11'000 - 2 * 64 * 1024);
}

TEST_F(ThrottlingFactoryTest, SeesThroughToTheProtocolItWraps) {
  struct Listener : RecordingProtocol, HandshakeListener {
    void handshakeCompleted() override {}
  };
  const auto listener = std::make_shared<Listener>();
  const auto wire = throttled(listener, {});
  EXPECT_EQ(wire->as<HandshakeListener>(), listener.get());
  EXPECT_EQ(wire->logPrefix(), listener->logPrefix());
}

TEST_F(ThrottlingFactoryTest, RefusesWhatTheWrappedFactoryRefuses) {
  EXPECT_FALSE(throttled(nullptr, {}));
}

TEST_F(ThrottlingFactoryTest, RefusesImpossibleLimits) {
  const auto factory = std::make_shared<OneProtocol>(server);
  EXPECT_THROW(ThrottlingFactory(factory, {.readLimit = BandwidthLimit{}}), std::invalid_argument);
  EXPECT_THROW(ThrottlingFactory(nullptr, {}), std::invalid_argument);
}

}  // namespace
}  // namespace plait
