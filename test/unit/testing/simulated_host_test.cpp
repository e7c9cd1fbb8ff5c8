#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <plait/core/errors.hpp>
#include <plait/deferred/threads.hpp>
#include <plait/endpoints/endpoint_parsers.hpp>
#include <plait/testing/deferred_results.hpp>
#include <plait/testing/memory_resolver.hpp>

#include "../support/pattern.hpp"
#include "support/simulated_test.hpp"

namespace plait::testing {
namespace {

class SimulatedHostTest : public SimulatedTest {};

// --- Listening -------------------------------------------------------------------------

TEST_F(SimulatedHostTest, GivesAFreePort) {
  const auto factory = std::make_shared<RecordingFactory>();
  const auto one = server.listenTCP(0, factory), other = server.listenTCP(0, factory);
  EXPECT_NE(one->getHost().port(), 0);
  EXPECT_NE(one->getHost(), other->getHost());
  EXPECT_EQ(factory->numPorts(), 2);
  one->stopListening();
  other->stopListening();
  EXPECT_EQ(factory->numPorts(), 0);
}

TEST_F(SimulatedHostTest, PortZeroIsAFreeOne) {
  const auto factory = std::make_shared<RecordingFactory>();
  const auto taken = server.listenTCP(49152, factory);  // the first that would be given
  const auto given = server.listenTCP(0, factory);
  EXPECT_NE(given->getHost().port(), 49152);
  taken->stopListening();
  given->stopListening();
}

TEST_F(SimulatedHostTest, PortZeroNeverIsZero) {
  const auto factory = std::make_shared<RecordingFactory>();
  for (int i = 0; i <= 65536 - 49152; ++i) {  // all there are, and once more
    const auto port = server.listenTCP(0, factory);
    ASSERT_GE(port->getHost().port(), 49152) << i;
    port->stopListening();
  }
}

TEST_F(SimulatedHostTest, RefusesAnAddressThatIsTakenOrForeign) {
  listen();
  const auto factory = std::make_shared<RecordingFactory>();
  EXPECT_THROW(server.listenTCP(7, factory), CannotListenError);
  EXPECT_THROW(server.listenTCP(7, factory, {.interface = "127.0.0.1"}), CannotListenError);
  EXPECT_THROW(server.listenTCP(8, factory, {.interface = "10.0.0.2"}), CannotListenError);
  EXPECT_THROW(server.listenTCP(8, factory, {.interface = "nowhere"}), CannotListenError);
  EXPECT_EQ(factory->numPorts(), 0);
}

TEST_F(SimulatedHostTest, ListensOnBothFamilies) {
  const auto servers = std::make_shared<RecordingFactory>();
  const auto clients = std::make_shared<RecordingFactory>();
  const auto port = server.listenTCP(9, servers, {.interface = "::"});
  client.connectTCP("fd00::1", 9, clients);
  client.connectTCP("10.0.0.1", 9, clients);
  network.runFor(1s);
  EXPECT_EQ(servers->made.size(), 2u);
  for (const auto& made : clients->made) made->transport().loseConnection();
  port->stopListening();
}

TEST_F(SimulatedHostTest, ListensAtItsNameAndAtLocalhost) {
  const auto factory = std::make_shared<RecordingFactory>();
  const auto byName = server.listenTCP(9, factory, {.interface = "server"});
  const auto local = server.listenTCP(9, factory, {.interface = "localhost"});
  EXPECT_EQ(toString(byName->getHost()), "10.0.0.1:9");
  EXPECT_EQ(toString(local->getHost()), "127.0.0.1:9");
  byName->stopListening();
  local->stopListening();
}

TEST_F(SimulatedHostTest, PortsThatShareAnAddressShareItsConnections) {
  const auto one = std::make_shared<RecordingFactory>(),
             other = std::make_shared<RecordingFactory>();
  const auto port = server.listenTCP(9, one, {.reusePort = true});
  const auto second = server.listenTCP(9, other, {.reusePort = true});
  const auto clients = std::make_shared<RecordingFactory>();
  for (int i = 0; i < 50; ++i) client.connectTCP("server", 9, clients);
  network.runFor(1s);
  EXPECT_EQ(one->made.size() + other->made.size(), 50u);
  EXPECT_GT(one->made.size(), 10u);
  EXPECT_GT(other->made.size(), 10u);
  for (const auto& made : clients->made) made->transport().loseConnection();
  port->stopListening();
  second->stopListening();
}

TEST_F(SimulatedHostTest, ListensOnNothingNewWhileItStops) {
  Deferred<void> ready;
  server.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] {
    const auto factory = std::make_shared<RecordingFactory>();
    EXPECT_THROW(server.listenTCP(9, factory), CannotListenError);
    EXPECT_THROW(server.listenUNIX("/run/x", factory), CannotListenError);
    EXPECT_THROW(server.listenUDP(9, std::make_shared<DatagramProtocol>()), CannotListenError);
    EXPECT_EQ(factory->numPorts(), 0);
    ready.callback();
  });
  server.stop();
  network.runFor(1s);
  EXPECT_TRUE(ready.called());
}

TEST_F(SimulatedHostTest, HasUNIXSocketsOfItsOwn) {
  const auto servers = std::make_shared<RecordingFactory>();
  const auto clients = std::make_shared<RecordingFactory>();
  const auto port = server.listenUNIX("/run/x", servers);
  server.connectUNIX("/run/x", clients);
  client.connectUNIX("/run/x", clients);
  network.runFor(1s);
  EXPECT_EQ(clients->failures.size(), 1u);
  ASSERT_EQ(clients->made.size(), 1u);
  EXPECT_EQ(toString(clients->made[0]->transport().getPeer()), "unix:/run/x");
  servers->made.at(0)->transport().write("hello");
  servers->made.at(0)->transport().loseConnection();
  network.runFor(1s);
  EXPECT_EQ(clients->made[0]->data, "hello");
  port->stopListening();
}

TEST_F(SimulatedHostTest, ConnectsFromTheAddressItIsTold) {
  const auto servers = listen();
  const auto clients = std::make_shared<RecordingFactory>();
  client.connectTCP("server", 7, clients, {.bindAddress = IPv4Address{{10, 0, 0, 2}, 4711}});
  client.connectTCP("server", 7, clients, {.bindAddress = IPv4Address{{10, 0, 0, 3}, 0}});
  network.runFor(1s);
  ASSERT_EQ(servers->made.size(), 1u);
  EXPECT_EQ(toString(servers->made[0]->transport().getPeer()), "10.0.0.2:4711");
  ASSERT_EQ(clients->failures.size(), 1u);
  EXPECT_EQ(clients->failures[0].typeName(), "plait::ConnectBindError");
  clients->made.at(0)->transport().loseConnection();
}

TEST_F(SimulatedHostTest, ServesEndpoints) {
  const auto servers = std::make_shared<RecordingFactory>();
  const auto port = successResultOf(serverFromString(server, "tcp:80")->listen(servers));
  const auto connecting =
      clientFromString(client, "tcp:server:80")->connect(std::make_shared<RecordingFactory>());
  network.runFor(1s);
  ASSERT_EQ(servers->made.size(), 1u);
  successResultOf(connecting)->transport().loseConnection();
  port->stopListening();
}

// --- Names -----------------------------------------------------------------------------

TEST_F(SimulatedHostTest, RefusesToConnectAsNobodyCould) {
  const auto clients = std::make_shared<RecordingFactory>();
  EXPECT_THROW(client.connectTCP("server", 7, clients, {.timeout = -1s}), std::invalid_argument);
  EXPECT_THROW(client.connectUNIX("/run/x", clients, {.timeout = -1s}), std::invalid_argument);
  EXPECT_THROW(
      client.connectTCP("server", 7, clients, {.bindAddress = HostnameAddress{"client", 1}}),
      InvalidAddressError);
}

/// What a factory may do instead of making a protocol.
struct Unwilling : RecordingFactory {
  void startedConnecting(Connector&) override {
    if (throwsWhenStarted) throw std::runtime_error("not today");
  }
  std::shared_ptr<Protocol> buildProtocol(const Address&) override {
    if (throwsWhenBuilding) throw std::runtime_error("no more protocols");
    return nullptr;
  }
  bool throwsWhenStarted = false, throwsWhenBuilding = false;
};

TEST_F(SimulatedHostTest, AClientsFactoryMayRefuseItsConnection) {
  const auto servers = listen();
  const auto unwilling = std::make_shared<Unwilling>();
  client.connectTCP("server", 7, unwilling);
  network.runFor(1s);
  ASSERT_EQ(unwilling->lost.size(), 1u);
  EXPECT_EQ(unwilling->lost[0].typeName(), "plait::ConnectionDone");
  EXPECT_EQ(lossOf(*servers->made.at(0)), "plait::ConnectionDone");
  EXPECT_THAT(log.failures(), ::testing::IsEmpty());
}

TEST_F(SimulatedHostTest, WhatAClientsFactoryThrowsIsLoggedAndTold) {
  const auto servers = listen();
  const auto unwilling = std::make_shared<Unwilling>();
  unwilling->throwsWhenBuilding = true;
  client.connectTCP("server", 7, unwilling);
  network.runFor(1s);
  ASSERT_EQ(unwilling->lost.size(), 1u);
  EXPECT_EQ(unwilling->lost[0].getErrorMessage(), "no more protocols");
  EXPECT_EQ(servers->made.at(0)->lost, 1);

  unwilling->throwsWhenStarted = true;
  client.connectTCP("server", 7, unwilling);
  network.runFor(1s);
  ASSERT_EQ(unwilling->failures.size(), 1u);
  EXPECT_EQ(unwilling->failures[0].getErrorMessage(), "not today");
  EXPECT_THAT(log.failures(), ::testing::ElementsAre("no more protocols", "not today"));
}

TEST_F(SimulatedHostTest, WhatAServersFactoryThrowsClosesThatConnection) {
  const auto unwilling = std::make_shared<Unwilling>();
  unwilling->throwsWhenBuilding = true;
  const auto port = server.listenTCP(9, unwilling);
  const auto clients = std::make_shared<RecordingFactory>();
  client.connectTCP("server", 9, clients);
  network.runFor(1s);
  EXPECT_EQ(lossOf(*clients->made.at(0)), "plait::ConnectionDone");
  client.connectTCP("server", 9, clients);
  network.runFor(1s);
  EXPECT_EQ(clients->made.size(), 2u);  // it goes on listening
  EXPECT_THAT(log.failures(), ::testing::ElementsAre("no more protocols", "no more protocols"));
  port->stopListening();
}

TEST_F(SimulatedHostTest, AnswersForLiteralsAndLocalhostItself) {
  NameResolver& resolver = server.nameResolver();
  EXPECT_EQ(successResultOf(resolver.resolve("192.0.2.1")),
            std::vector<Address>{*IPv4Address::parse("192.0.2.1")});
  EXPECT_EQ(successResultOf(resolver.resolve("2001:db8::1")),
            std::vector<Address>{*IPv6Address::parse("2001:db8::1")});
  const auto local = resolver.resolve("localhost");
  network.runFor(10s);
  EXPECT_EQ(successResultOf(local),
            (std::vector<Address>{*IPv4Address::parse("127.0.0.1"), *IPv6Address::parse("::1")}));
  EXPECT_THROW(network.addName("elsewhere", {"no literal"}), std::invalid_argument);
}

TEST_F(SimulatedHostTest, TakesAnotherResolver) {
  const auto other = std::make_shared<MemoryResolver>();
  other->add("elsewhere", {"192.0.2.1"});
  EXPECT_EQ(server.installNameResolver(other), nullptr);
  EXPECT_EQ(successResultOf(server.nameResolver().resolve("elsewhere")),
            std::vector<Address>{*IPv4Address::parse("192.0.2.1")});
  EXPECT_EQ(server.installNameResolver(nullptr), other);
}

TEST_F(SimulatedHostTest, LooksNamesUpInItsTime) {
  network.addName("many", {"10.0.0.1", "fd00::1"});
  client.setOptions({.lookupTime = 3s});
  auto all = client.nameResolver().resolve("many");
  auto six = client.nameResolver().resolve("many", AddressFamily::ipv6);
  auto unknown = client.nameResolver().resolve("nowhere");
  network.runFor(2999ms);
  EXPECT_FALSE(all.called());
  network.runFor(1ms);
  EXPECT_EQ(successResultOf(all).size(), 2u);
  EXPECT_EQ(successResultOf(six).size(), 1u);
  EXPECT_TRUE(failureResultOf(unknown).check<DNSLookupError>());
}

TEST_F(SimulatedHostTest, LookupsMayFailAndBeCancelled) {
  client.setOptions({.failingLookups = 1});
  auto failing = client.nameResolver().resolve("server");
  auto cancelled = client.nameResolver().resolve("server");
  EXPECT_EQ(network.leftovers(), "client: a lookup of server\nclient: a lookup of server\n");
  cancelled.cancel();
  failureResultOf(cancelled);
  network.runFor(1s);
  EXPECT_TRUE(failureResultOf(failing).check<DNSLookupError>());
}

// --- Time and threads ------------------------------------------------------------------

TEST_F(SimulatedHostTest, WhatADelayedCallThrowsIsLogged) {
  server.callLater(1s, [] { throw std::runtime_error("oops"); });
  bool rang = false;
  server.callLater(1s, [&] { rang = true; });
  network.runFor(1s);
  EXPECT_TRUE(rang);
  EXPECT_THAT(log.failures(), ::testing::ElementsAre("oops"));
  EXPECT_THROW(server.callLater(-1s, [] {}), std::invalid_argument);
}

TEST_F(SimulatedHostTest, CallsFromThreadsKeepTheirOrder) {
  std::vector<int> calls;
  for (int i = 0; i < 3; ++i) {
    server.callFromThread([&calls, i] { calls.push_back(i); });
  }
  EXPECT_THAT(calls, ::testing::IsEmpty());
  network.runFor(0s);
  EXPECT_THAT(calls, ::testing::ElementsAre(0, 1, 2));
}

TEST_F(SimulatedHostTest, CallsInThreadsTakeTimeAndEndInAnyOrder) {
  std::vector<int> ended;
  for (int i = 0; i < 10; ++i) {
    deferToThread(server, [i] { return i; }).addCallback([&](int which) {
      ended.push_back(which);
    });
  }
  network.runFor(1s);
  EXPECT_EQ(ended.size(), 10u);
  EXPECT_FALSE(std::is_sorted(ended.begin(), ended.end()));
  EXPECT_THROW(server.suggestThreadPoolSize(0), std::invalid_argument);
}

// --- Life ------------------------------------------------------------------------------

TEST_F(SimulatedHostTest, RunsUntilItIsStopped) {
  SimulatedHost& other = network.addHost("other", {.running = false});
  std::vector<std::string> story;
  const auto note = [&](const char* what) { return [&story, what] { story.push_back(what); }; };
  other.addSystemEventTrigger(TriggerPhase::before, "startup", note("starting"));
  other.callWhenRunning(note("running"));
  other.addSystemEventTrigger(TriggerPhase::before, "shutdown", note("stopping"));
  other.addSystemEventTrigger(TriggerPhase::after, "shutdown", note("stopped"));
  other.callLater(1h, [&] { other.stop(); });
  other.run();
  EXPECT_THAT(story, ::testing::ElementsAre("starting", "running", "stopping", "stopped"));
  EXPECT_FALSE(other.running());
  EXPECT_THROW(other.stop(), ReactorNotRunning);
  EXPECT_THROW(other.run(), std::runtime_error);  // nobody would ever stop it
}

TEST_F(SimulatedHostTest, DrainsItsConnectionsBeforeItStops) {
  network.setLink(client, server, {.bandwidth = 100'000});
  auto ends = connect();
  ends.server->transport().write(pattern(300'000));
  server.stop();
  EXPECT_TRUE(network.runUntil([&] { return !server.running(); }));
  EXPECT_EQ(lossOf(*ends.server), "plait::ConnectionDone");
  EXPECT_TRUE(ends.client->data == pattern(300'000));
  EXPECT_THROW(server.listenTCP(0, nullptr), std::invalid_argument);
  server.startRunning();
}

TEST_F(SimulatedHostTest, AbortsWhoeverDrainsTooSlowly) {
  auto ends = connect();
  ends.client->transport().pauseProducing();
  ends.server->transport().write(pattern(300'000));
  server.stop();
  network.runFor(4s);
  EXPECT_TRUE(server.running());
  network.runFor(2s);
  EXPECT_FALSE(server.running());
  EXPECT_EQ(lossOf(*ends.server), "plait::ConnectionAborted");
  EXPECT_EQ(lossOf(*ends.client), "plait::ConnectionLost");
}

TEST_F(SimulatedHostTest, WaitsForWhatShutdownWaitsFor) {
  Deferred<void> ready;
  server.addSystemEventTrigger(TriggerPhase::before, "shutdown", [ready] { return ready; });
  auto ends = connect();
  server.stop();
  network.runFor(1h);
  EXPECT_TRUE(server.running());
  EXPECT_EQ(ends.server->lost, 0);
  ready.callback();
  network.runFor(1s);
  EXPECT_FALSE(server.running());
  EXPECT_EQ(lossOf(*ends.client), "plait::ConnectionDone");
}

TEST_F(SimulatedHostTest, GivesUpItsAttemptsToConnectWhenItStops) {
  network.partition(server, client);
  const auto clients = std::make_shared<RecordingFactory>();
  client.connectTCP("10.0.0.1", 7, clients);
  network.runFor(1ms);
  EXPECT_THAT(network.leftovers(), ::testing::HasSubstr("an attempt to connect to 10.0.0.1:7"));
  client.stop();
  network.runFor(1s);
  EXPECT_FALSE(client.running());
  ASSERT_EQ(clients->failures.size(), 1u);
  EXPECT_EQ(clients->failures[0].typeName(), "plait::UserError");
}

TEST_F(SimulatedHostTest, WaitsWhenItStopsForWhatAClosedConnectionHasSent) {
  network.setDefaultLink({.latency = 500ms});
  auto ends = connect();
  ends.server->transport().write("goodbye");
  ends.server->transport().loseConnection();
  network.runFor(1ms);
  EXPECT_THAT(network.leftovers(), ::testing::HasSubstr("a connection that is being closed"));
  server.stop();
  network.runFor(400ms);
  EXPECT_TRUE(server.running());
  network.runFor(1s);
  EXPECT_FALSE(server.running());
  EXPECT_EQ(ends.client->data, "goodbye");
}

TEST_F(SimulatedHostTest, ClosesItsDatagramPortsWhenItStops) {
  const auto protocol = std::make_shared<DatagramProtocol>();
  const auto port = server.listenUDP(53, protocol);
  EXPECT_THAT(network.leftovers(), ::testing::HasSubstr("a UDP port on 0.0.0.0:53"));
  server.stop();
  network.runFor(1s);
  EXPECT_FALSE(server.running());
  EXPECT_FALSE(port->connected());
}

TEST_F(SimulatedHostTest, HasSystemEventsOfItsOwn) {
  std::vector<std::string> happened;
  const auto note = [&](const char* what) { return [&, what] { happened.push_back(what); }; };
  server.addSystemEventTrigger(TriggerPhase::after, "flood", note("after"));
  server.addSystemEventTrigger(TriggerPhase::before, "flood", note("before"));
  server.removeSystemEventTrigger(
      server.addSystemEventTrigger(TriggerPhase::during, "flood", note("never")));
  server.fireSystemEvent("flood");
  server.callWhenRunning(note("running"));
  EXPECT_THAT(happened, ::testing::ElementsAre("before", "after", "running"));
}

// --- The budget of its write buffers ---------------------------------------------------

TEST_F(SimulatedHostTest, TwoThatAreShortOfMemoryAndFeedEachOtherGoOn) {
  for (SimulatedHost* host : {&server, &client}) host->setOptions({.writeBudget = 1'000'000});
  auto ends = connect();
  // Neither may read from the other now.
  ends.server->transport().write(pattern(990'000));
  ends.client->transport().write(pattern(990'000));
  network.runFor(10s);
  EXPECT_EQ(ends.server->data.size(), 990'000u);
  EXPECT_EQ(ends.client->data.size(), 990'000u);
  ends.client->transport().loseConnection();
}

TEST_F(SimulatedHostTest, HasNoUNIXDatagrams) {
  const auto protocol = std::make_shared<DatagramProtocol>();
  EXPECT_THROW(server.listenUNIXDatagram("/run/x", protocol), std::logic_error);
  EXPECT_THROW(server.connectUNIXDatagram("/run/x", protocol), std::logic_error);
}

}  // namespace
}  // namespace plait::testing
