#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/echo/echo.hpp>

#include "../support/pattern.hpp"
#include "support/simulated_test.hpp"

namespace plait::testing {
namespace {

class SimulatedNetworkTest : public SimulatedTest {};

TEST_F(SimulatedNetworkTest, CarriesBytesBothWays) {
  auto ends = connect();
  ends.client->transport().write("ping");
  ends.server->transport().write("pong");
  network.runFor(1s);
  EXPECT_EQ(ends.server->data, "ping");
  EXPECT_EQ(ends.client->data, "pong");
  ends.client->transport().loseConnection();
  network.runFor(1s);
  EXPECT_EQ(lossOf(*ends.server), "plait::ConnectionDone");
  EXPECT_EQ(lossOf(*ends.client), "plait::ConnectionDone");
}

TEST_F(SimulatedNetworkTest, NothingHappensUnlessItIsRun) {
  const auto servers = listen();
  client.connectTCP("server", 7, std::make_shared<RecordingFactory>());
  EXPECT_THAT(servers->made, ::testing::IsEmpty());
  network.runFor(1s);
  ASSERT_EQ(servers->made.size(), 1u);
  servers->made[0]->transport().loseConnection();
}

TEST_F(SimulatedNetworkTest, KnowsBothEndsByTheirAddresses) {
  auto ends = connect();
  EXPECT_EQ(toString(ends.client->transport().getPeer()), "10.0.0.1:7");
  EXPECT_EQ(toString(ends.server->transport().getHost()), "10.0.0.1:7");
  EXPECT_EQ(ends.server->transport().getPeer(), ends.client->transport().getHost());
  EXPECT_EQ(ends.server->transport().getPeer().host(), "10.0.0.2");
  ends.client->transport().loseConnection();
}

// --- Links -----------------------------------------------------------------------------

TEST_F(SimulatedNetworkTest, WhatIsSentTakesTheLatencyOfTheLink) {
  network.setLink(client, server, {.latency = 20ms});
  auto ends = connect();
  EXPECT_EQ(network.now().time_since_epoch(), 65ms);  // a lookup, and three steps
  ends.client->transport().write("x");
  network.runFor(19ms);
  EXPECT_EQ(ends.server->data, "");
  network.runFor(1ms);
  EXPECT_EQ(ends.server->data, "x");
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedNetworkTest, ABandwidthIsKept) {
  network.setLink(client, server, {.latency = 1us, .bandwidth = 100'000});
  auto ends = connect();
  ends.client->transport().write(Bytes(500'000, 'x'));
  network.runFor(4s);
  EXPECT_LT(ends.server->data.size(), 400'001u);
  EXPECT_GT(ends.server->data.size(), 380'000u);
  network.runFor(1100ms);
  EXPECT_EQ(ends.server->data.size(), 500'000u);
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedNetworkTest, TheStreamIsTheSameHoweverTheWayIs) {
  const Bytes there = pattern(300'000), back = pattern(200'000);
  for (int i = 0; i < 20; ++i) {
    SimulatedNetwork rough(network.random().seed(), log.log);
    SimulatedHost& one = rough.addHost("one");
    SimulatedHost& other = rough.addHost("other");
    rough.setLink(one, other, roughLink(rough.random()));
    const auto servers = std::make_shared<RecordingFactory>();
    const auto clients = std::make_shared<RecordingFactory>();
    const auto port = one.listenTCP(7, servers);
    other.connectTCP("one", 7, clients);
    ASSERT_TRUE(rough.runUntil([&] { return servers->made.size() == 1; }));
    servers->made[0]->transport().write(back);
    clients->made[0]->transport().write(there);
    const auto isThere = [&] {
      return servers->made[0]->data.size() >= there.size() &&
             clients->made[0]->data.size() >= back.size();
    };
    EXPECT_TRUE(rough.runUntil(isThere));
    EXPECT_TRUE(servers->made[0]->data == there);
    EXPECT_TRUE(clients->made[0]->data == back);
    clients->made[0]->transport().loseConnection();
    port->stopListening();
    EXPECT_TRUE(rough.runUntilIdle());
    EXPECT_EQ(rough.leftovers(), "");
  }
}

TEST_F(SimulatedNetworkTest, SegmentsAreCutAndJoined) {
  network.setLink(client, server, {.latency = 1ms, .segmentSize = 100, .fragmentation = 1});
  auto ends = connect();
  ends.client->transport().write(Bytes(1000, 'x'));
  network.runFor(1s);
  EXPECT_GT(ends.server->chunks, 10);
  network.setLink(client, server, {.latency = 1ms, .segmentSize = 100, .coalescing = 1});
  ends.server->chunks = 0;
  ends.client->transport().write(Bytes(1000, 'x'));
  network.runFor(1s);
  EXPECT_EQ(ends.server->data.size(), 2000u);
  EXPECT_EQ(ends.server->chunks, 1);
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedNetworkTest, AReaderThatDoesNotReadMakesTheWriterWait) {
  network.setLink(client, server, {.sendBuffer = 10'000, .receiveBuffer = 20'000});
  auto ends = connect();
  ends.server->transport().pauseProducing();
  ends.client->transport().write(pattern(100'000));
  network.runFor(1h);
  EXPECT_EQ(ends.server->data, "");
  EXPECT_EQ(ends.client->transport().bufferedBytes(), 70'000u);
  EXPECT_EQ(network.bytesUnderWay(), 30'000u);
  ends.server->transport().resumeProducing();
  network.runFor(1s);
  EXPECT_TRUE(ends.server->data == pattern(100'000));
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedNetworkTest, AWriterMayBeTakenOnlyAPartOf) {
  network.setLink(client, server, {.partialWrites = 1});
  auto ends = connect();
  ends.client->transport().write(pattern(60'000));
  network.step();
  EXPECT_GT(ends.client->transport().bufferedBytes(), 0u);
  network.runFor(1s);
  EXPECT_TRUE(ends.server->data == pattern(60'000));
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedNetworkTest, AHostHasAWayToItself) {
  const auto servers = listen();
  const auto clients = std::make_shared<RecordingFactory>();
  server.connectTCP("127.0.0.1", 7, clients);
  network.runFor(1s);
  ASSERT_EQ(servers->made.size(), 1u);
  EXPECT_EQ(servers->made[0]->transport().getPeer().host(), "127.0.0.1");
  clients->made.at(0)->transport().loseConnection();
}

// --- Running ---------------------------------------------------------------------------

TEST_F(SimulatedNetworkTest, CannotBeRunFromACallback) {
  server.callLater(1s, [&] { network.runFor(1s); });
  network.runFor(2s);
  EXPECT_THAT(log.failures(), ::testing::ElementsAre(::testing::HasSubstr("not from a callback")));
}

TEST_F(SimulatedNetworkTest, TimeIsTheSameOnAllHosts) {
  std::vector<std::string> rang;
  server.callLater(2s, [&] { rang.push_back("server"); });
  client.callLater(1s, [&] { rang.push_back("client"); });
  client.callLater(2s, [&] { rang.push_back("client"); });
  network.runFor(3s);
  EXPECT_THAT(rang, ::testing::ElementsAre("client", "server", "client"));
  EXPECT_EQ(server.now(), network.now());
  EXPECT_EQ(client.seconds(), 3);
}

TEST_F(SimulatedNetworkTest, RunUntilEndsWhenNothingIsLeftToHappen) {
  EXPECT_FALSE(network.runUntil([] { return false; }));
  EXPECT_TRUE(network.runUntilIdle());
  const DelayedCall call = server.callLater(2h, [] {});
  EXPECT_FALSE(network.runUntilIdle());
  EXPECT_EQ(network.leftovers(), "server: 1 delayed calls\n");
  network.runFor(2h);
}

TEST_F(SimulatedNetworkTest, ANewDefaultIsThatOfTheLinksThereAreToo) {
  auto ends = connect();
  network.setDefaultLink({.latency = 3s});
  EXPECT_EQ(network.link(server, client).latency, 3s);
  network.setLink(server, client, {.latency = 1s});
  network.setDefaultLink({.latency = 4s});
  EXPECT_EQ(network.link(server, client).latency, 1s);
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedNetworkTest, TellsWhatIsLeft) {
  auto ends = connect();
  EXPECT_THAT(network.leftovers(),
              ::testing::AllOf(::testing::HasSubstr("server: a listener on 0.0.0.0:7\n"),
                               ::testing::HasSubstr("server: a connection, "),
                               ::testing::HasSubstr("client: a connection, ")));
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedNetworkTest, EndsAllConnectionsWhenItIsDestroyed) {
  const auto servers = std::make_shared<RecordingFactory>();
  const auto clients = std::make_shared<RecordingFactory>();
  {
    SimulatedNetwork other(1, log.log);
    SimulatedHost& host = other.addHost("host");
    host.listenTCP(7, servers);
    host.connectTCP("host", 7, clients);
    other.runFor(1s);
    ASSERT_EQ(servers->made.size(), 1u);
  }
  EXPECT_EQ(lossOf(*servers->made[0]), "plait::ConnectionAborted");
  EXPECT_EQ(lossOf(*clients->made.at(0)), "plait::ConnectionAborted");
  EXPECT_EQ(servers->numPorts(), 0);
}

TEST_F(SimulatedNetworkTest, RefusesASecondHostOfTheName) {
  EXPECT_THROW(network.addHost("server"), std::invalid_argument);
}

TEST_F(SimulatedNetworkTest, RefusesALinkByWhichNothingGetsThrough) {
  EXPECT_THROW(network.setLink(server, client, {.sendBuffer = 0}), std::invalid_argument);
  EXPECT_THROW(network.setLink(server, client, {.receiveBuffer = 0}), std::invalid_argument);
  EXPECT_THROW(network.setDefaultLink({.segmentSize = 0}), std::invalid_argument);
  EXPECT_GT(network.link(server, client).sendBuffer, 0u);
}

// --- The trace -------------------------------------------------------------------------

/// An echo over a rough way, and what it has left.
std::uint64_t traceOf(std::uint64_t seed, std::vector<std::string>* lines = nullptr) {
  SimulatedNetwork network(seed);
  if (lines) network.traceTo([lines](std::string_view line) { lines->emplace_back(line); });
  SimulatedHost& one = network.addHost("one");
  SimulatedHost& other = network.addHost("other");
  network.setLink(one, other, roughLink(network.random()));
  const auto port = one.listenTCP(7, Factory::forProtocol<Echo>());
  const auto clients = std::make_shared<RecordingFactory>();
  for (int i = 0; i < 5; ++i) other.connectTCP("one", 7, clients);
  network.runUntil([&] { return clients->made.size() == 5; });
  for (const auto& client : clients->made) client->transport().write(pattern(50'000));
  network.runUntil([&] { return clients->made.back()->data.size() == 50'000; });
  for (const auto& client : clients->made) client->transport().loseConnection();
  port->stopListening();
  network.runUntilIdle();
  return network.traceHash();
}

TEST(SimulatedTrace, IsTheSameForTheSameSeed) {
  for (std::uint64_t seed = 1; seed < 20; ++seed) EXPECT_EQ(traceOf(seed), traceOf(seed));
  EXPECT_NE(traceOf(1), traceOf(2));
}

/// With every compiler, library, sanitizer and optimisation. When the simulation itself is changed,
/// so does this number.
TEST(SimulatedTrace, IsTheSameInEveryBuild) {
  EXPECT_EQ(traceOf(7), 10266478438309586948u);
}

TEST(SimulatedTrace, CanBeRead) {
  std::vector<std::string> lines;
  EXPECT_EQ(traceOf(3, &lines), traceOf(3));  // looking at it changes nothing
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines[0], "0.005000000 other #1 lookup 0");
}

}  // namespace
}  // namespace plait::testing
