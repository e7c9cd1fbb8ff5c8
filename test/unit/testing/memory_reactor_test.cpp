#include <gtest/gtest.h>

#include <functional>
#include <plait/core/errors.hpp>
#include <plait/testing/deferred_results.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <stdexcept>

#include "../support/recorded_log.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;
using State = MemoryConnector::State;

template <class Base>
struct Counting : Base {
  std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
    addresses.push_back(toString(address));
    if (refuse) return nullptr;
    protocols.push_back(std::make_shared<RecordingProtocol>());
    return protocols.back();
  }
  void startFactory() override { ++starts; }
  void stopFactory() override { ++stops; }

  std::vector<std::string> addresses;
  std::vector<std::shared_ptr<RecordingProtocol>> protocols;
  bool refuse = false;
  int starts = 0;
  int stops = 0;
};

struct CountingClient : Counting<ClientFactory> {
  void startedConnecting(Connector& connector) override {
    ++attempts;
    if (whenStarted) whenStarted(connector);
  }
  void clientConnectionFailed(Connector& connector, const Failure& why) override {
    failures.push_back(why.typeName());
    if (whenEnded) whenEnded(connector);
  }
  void clientConnectionLost(Connector& connector, const Failure& why) override {
    losses.push_back(why.typeName());
    if (whenEnded) whenEnded(connector);
  }

  int attempts = 0;
  std::vector<std::string> failures;
  std::vector<std::string> losses;
  std::function<void(Connector&)> whenStarted, whenEnded;
};

struct MemoryReactorTest : ::testing::Test {
  ~MemoryReactorTest() override {  // protocols and factories hold each other here
    server->protocols.clear();
    client->protocols.clear();
  }
  MemoryConnector& connect(ConnectOptions options = {}) {
    reactor.connectTCP("example.com", 80, client, std::move(options));
    return *reactor.tcpClients.back();
  }
  MemoryPort& listen(std::uint16_t port = 80, ListenOptions options = {}) {
    reactor.listenTCP(port, server, std::move(options));
    return *reactor.tcpServers.back();
  }

  RecordedLog log;
  MemoryReactor reactor{log.log};
  std::shared_ptr<Counting<Factory>> server = std::make_shared<Counting<Factory>>();
  std::shared_ptr<CountingClient> client = std::make_shared<CountingClient>();
};

// --- Listening -------------------------------------------------------------------------

TEST_F(MemoryReactorTest, RecordsWhatIsListenedOn) {
  auto port = reactor.listenTCP(8000, server, {.interface = "127.0.0.1", .backlog = 7});
  ASSERT_EQ(reactor.tcpServers.size(), 1u);
  EXPECT_EQ(toString(port->getHost()), "127.0.0.1:8000");
  EXPECT_EQ(reactor.tcpServers[0]->options().backlog, 7);
  EXPECT_TRUE(reactor.tcpServers[0]->listening());
  EXPECT_EQ(&reactor.tcpServers[0]->factory(), server.get());
  EXPECT_EQ(toString(listen(1, {.interface = "::1"}).getHost()), "[::1]:1");
  EXPECT_EQ(toString(listen(2).getHost()), "0.0.0.0:2");
}

TEST_F(MemoryReactorTest, ChoosesAPortWhenAskedForNone) {
  const auto first = listen(0).getHost();
  const auto second = listen(0, {.interface = "::1"}).getHost();
  EXPECT_NE(first.port(), 0);
  EXPECT_NE(second.port(), 0);
  EXPECT_NE(first.port(), second.port());
  EXPECT_EQ(second.host(), "::1");
}

TEST_F(MemoryReactorTest, RefusesTheNextListenOnly) {
  reactor.refuseNextListen(std::make_error_code(std::errc::address_in_use));
  try {
    listen(80, {.interface = "127.0.0.1"});
    FAIL() << "it listens";
  } catch (const CannotListenError& error) {
    EXPECT_STREQ(error.what(), "cannot listen on 127.0.0.1:80: Address already in use");
  }
  EXPECT_EQ(server->starts, 0);
  listen();
  EXPECT_EQ(server->starts, 1);
}

TEST_F(MemoryReactorTest, StartsAFactoryOnceForTwoPorts) {
  MemoryPort& first = listen(1);
  MemoryPort& second = listen(2);
  EXPECT_EQ(server->starts, 1);
  EXPECT_EQ(server->numPorts(), 2);
  first.stopListening();
  first.stopListening();
  EXPECT_EQ(server->stops, 0);
  second.stopListening();
  EXPECT_EQ(server->stops, 1);
  EXPECT_FALSE(first.listening());
  EXPECT_EQ(first.getHost().port(), 1);
}

// --- Connecting ------------------------------------------------------------------------

TEST_F(MemoryReactorTest, StartsConnectingBeforeItReturns) {
  MemoryConnector& connector = connect();
  EXPECT_EQ(client->starts, 1);
  EXPECT_EQ(client->attempts, 1);
  EXPECT_EQ(connector.state(), State::connecting);
  EXPECT_EQ(toString(connector.getDestination()), "example.com:80");
}

TEST_F(MemoryReactorTest, JoinsAClientAndAServer) {
  MemoryConnector& connector = connect();
  auto connection = reactor.accept(connector, listen());
  ASSERT_TRUE(connection);
  EXPECT_EQ(connector.state(), State::connected);
  EXPECT_EQ(reactor.pendingCalls(), 0u) << "the connect timeout is gone";
  client->protocols[0]->transport().write("hi");
  connection->flush();
  EXPECT_EQ(server->protocols[0]->data, "hi");
  EXPECT_EQ(server->addresses[0], toString(client->protocols[0]->transport().getHost()));
  EXPECT_EQ(client->addresses[0], "0.0.0.0:80");
  EXPECT_EQ(&client->protocols[0]->factory(), client.get());
}

TEST_F(MemoryReactorTest, TellsTheFactoryWhenTheConnectionIsLost) {
  MemoryConnector& connector = connect();
  auto connection = reactor.accept(connector, listen());
  connector.disconnect();
  connection->flush();
  EXPECT_EQ(client->losses, std::vector<std::string>{"plait::ConnectionDone"});
  EXPECT_EQ(client->protocols[0]->lost, 1);
  EXPECT_EQ(client->stops, 1);
  EXPECT_EQ(connector.state(), State::disconnected);
  EXPECT_EQ(server->stops, 0) << "the port still listens";
}

TEST_F(MemoryReactorTest, FailsAnAttemptAsTold) {
  MemoryConnector& connector = connect();
  connector.fail(
      Failure(getConnectError(std::make_error_code(std::errc::connection_refused), "x")));
  EXPECT_EQ(client->failures, std::vector<std::string>{"plait::ConnectionRefusedError"});
  EXPECT_EQ(client->stops, 1);
  EXPECT_EQ(reactor.pendingCalls(), 0u);
  EXPECT_THROW(connector.fail(Failure(ConnectionLost())), NotConnectingError);
}

TEST_F(MemoryReactorTest, GivesAnAttemptUpWhenItsTimeIsOver) {
  connect({.timeout = 10s});
  reactor.advance(10s - 1ns);
  EXPECT_TRUE(client->failures.empty());
  reactor.advance(1ns);
  EXPECT_EQ(client->failures, std::vector<std::string>{"plait::TimeoutError"});
}

TEST_F(MemoryReactorTest, WaitsThirtySecondsUnlessToldOtherwise) {
  connect();
  reactor.advance(29s);
  EXPECT_TRUE(client->failures.empty());
  reactor.advance(1s);
  EXPECT_EQ(client->failures.size(), 1u);
}

TEST_F(MemoryReactorTest, WaitsForEverWithoutATimeout) {
  connect({.timeout = std::nullopt});
  EXPECT_EQ(reactor.pendingCalls(), 0u);
}

TEST_F(MemoryReactorTest, StopsConnectingAtOnce) {
  MemoryConnector& connector = connect();
  connector.stopConnecting();
  EXPECT_EQ(client->failures, std::vector<std::string>{"plait::UserError"});
  EXPECT_THROW(connector.stopConnecting(), NotConnectingError);
  connector.disconnect();  // nothing to end
  EXPECT_EQ(client->failures.size(), 1u);
}

TEST_F(MemoryReactorTest, MayBeToldToStopFromStartedConnecting) {
  client->whenStarted = [](Connector& connector) { connector.disconnect(); };
  connect();
  EXPECT_EQ(client->failures, std::vector<std::string>{"plait::UserError"});
  EXPECT_EQ(client->stops, 1);
}

TEST_F(MemoryReactorTest, RefusesToConnectTwiceAtATime) {
  MemoryConnector& connector = connect();
  EXPECT_THROW(connector.connect(), std::logic_error);
  auto connection = reactor.accept(connector, listen());
  EXPECT_THROW(connector.connect(), std::logic_error);
  EXPECT_THROW(connector.stopConnecting(), NotConnectingError);
}

TEST_F(MemoryReactorTest, KeepsTheFactoryStartedWhileItConnectsAgain) {
  client->whenEnded = [this](Connector& connector) {
    if (client->failures.size() < 3) connector.connect();
  };
  MemoryConnector& connector = connect();
  for (int i = 0; i < 2; ++i) {
    connector.fail(Failure(ConnectionLost()));
    EXPECT_EQ(client->stops, 0);
    EXPECT_EQ(connector.state(), State::connecting);
  }
  connector.fail(Failure(ConnectionLost()));
  EXPECT_EQ(client->attempts, 3);
  EXPECT_EQ(client->starts, 1);
  EXPECT_EQ(client->stops, 1);
}

TEST_F(MemoryReactorTest, ConnectsAgainAfterALoss) {
  client->whenEnded = [this](Connector& connector) {
    if (client->losses.size() == 1) connector.connect();
  };
  MemoryPort& port = listen();
  MemoryConnector& connector = connect();
  for (int i = 0; i < 2; ++i) {
    auto connection = reactor.accept(connector, port);
    connection->cut();
    connection->flush();
  }
  EXPECT_EQ(client->losses.size(), 2u);
  EXPECT_EQ(client->starts, 1);
  EXPECT_EQ(client->stops, 1);
  EXPECT_EQ(server->protocols.size(), 2u);
}

TEST_F(MemoryReactorTest, StartsTheFactoryAfreshForALaterAttempt) {
  MemoryConnector& connector = connect();
  connector.stopConnecting();
  connector.connect();
  EXPECT_EQ(client->starts, 2);
  EXPECT_EQ(client->numPorts(), 1);
}

TEST_F(MemoryReactorTest, StopsTheFactoryOnceWhenASecondAttemptFailsInsideTheFirst) {
  client->whenEnded = [this](Connector& connector) {
    if (client->failures.size() == 1) connector.connect();
  };
  client->whenStarted = [this](Connector& connector) {
    if (client->attempts == 2) connector.stopConnecting();
  };
  client->doStart();  // somebody else uses it too
  connect().fail(Failure(ConnectionLost()));
  EXPECT_EQ(client->failures.size(), 2u);
  EXPECT_EQ(client->numPorts(), 1);
  EXPECT_EQ(client->stops, 0);
}

TEST_F(MemoryReactorTest, ClosesAConnectionThatAFactoryRefuses) {
  client->refuse = true;
  EXPECT_EQ(reactor.accept(connect(), listen()), nullptr);
  EXPECT_TRUE(client->failures.empty());
  EXPECT_EQ(client->losses, std::vector<std::string>{"plait::ConnectionDone"});
  client->refuse = false;
  server->refuse = true;
  EXPECT_EQ(reactor.accept(connect(), listen()), nullptr);
  EXPECT_EQ(client->losses.size(), 2u);
}

TEST_F(MemoryReactorTest, AcceptsOnlyWhatConnectsAndListens) {
  MemoryConnector& connector = connect();
  MemoryPort& port = listen();
  port.stopListening();
  EXPECT_THROW(reactor.accept(connector, port), std::logic_error);
  connector.stopConnecting();
  EXPECT_THROW(reactor.accept(connector, listen()), std::logic_error);
}

// --- Its life --------------------------------------------------------------------------

TEST_F(MemoryReactorTest, RunsAndStops) {
  std::string order;
  reactor.addSystemEventTrigger(TriggerPhase::before, "startup", [&] { order += "a"; });
  reactor.callWhenRunning([&] { order += "b"; });
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] { order += "c"; });
  EXPECT_FALSE(reactor.running());
  EXPECT_THROW(reactor.stop(), ReactorNotRunning);
  reactor.run();
  EXPECT_TRUE(reactor.running());
  EXPECT_THROW(reactor.run(), ReactorAlreadyRunning);
  EXPECT_EQ(order, "ab");
  reactor.callWhenRunning([&] { order += "!"; });
  reactor.stop();
  EXPECT_EQ(order, "ab!c");
  EXPECT_FALSE(reactor.running());
  reactor.run();
  EXPECT_TRUE(reactor.running());
}

TEST_F(MemoryReactorTest, TakesTriggersBack) {
  const auto id = reactor.addSystemEventTrigger(TriggerPhase::after, "startup", [] { FAIL(); });
  reactor.removeSystemEventTrigger(id);
  EXPECT_THROW(reactor.removeSystemEventTrigger(id), std::invalid_argument);
  reactor.run();
}

TEST_F(MemoryReactorTest, LogsTriggersThatThrow) {
  reactor.callWhenRunning([] { throw std::runtime_error("broken"); });
  reactor.run();
  EXPECT_EQ(log.failures(), std::vector<std::string>{"broken"});
}

// --- Triggers that take their time -------------------------------------------------------

TEST_F(MemoryReactorTest, StopsWhenWhatAShutdownTriggerReturnsHasFired) {
  Deferred<void> saved;
  bool during = false;
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { return saved; });
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] { during = true; });
  reactor.run();
  reactor.stop();
  EXPECT_TRUE(reactor.running());
  EXPECT_FALSE(during);
  saved.callback();
  EXPECT_FALSE(reactor.running());
  EXPECT_TRUE(during);
}

TEST_F(MemoryReactorTest, WaitsForAllOfThem) {
  Deferred<int> first;
  Deferred<void> second;
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { return first; });
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { return second; });
  reactor.run();
  reactor.stop();
  second.errback(std::runtime_error("disk full"));
  EXPECT_TRUE(reactor.running());
  EXPECT_EQ(log.failures(), std::vector<std::string>{"disk full"});
  first.callback(1);
  EXPECT_FALSE(reactor.running());
}

TEST_F(MemoryReactorTest, LetsTimeAndConnectionsGoOnMeanwhile) {
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [this] {
    Deferred<void> done;
    reactor.callLater(2s, [done]() mutable { done.callback(); });
    return done;
  });
  reactor.run();
  reactor.stop();
  reactor.accept(connect(), listen());
  EXPECT_EQ(server->protocols.size(), 1u);
  reactor.advance(2s);
  EXPECT_FALSE(reactor.running());
}

TEST_F(MemoryReactorTest, StartsWhenWhatAStartupTriggerReturnsHasFired) {
  Deferred<void> ready;
  bool told = false;
  reactor.addSystemEventTrigger(TriggerPhase::before, "startup", [&] { return ready; });
  reactor.callWhenRunning([&] { told = true; });
  reactor.run();
  EXPECT_FALSE(reactor.running());
  EXPECT_FALSE(told);
  ready.callback();
  EXPECT_TRUE(reactor.running());
  EXPECT_TRUE(told);
}

TEST_F(MemoryReactorTest, IsStartedAndStoppedOnceHoweverLongItTakes) {
  Deferred<void> ready, saved;
  reactor.addSystemEventTrigger(TriggerPhase::before, "startup", [&] { return ready; });
  reactor.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { return saved; });
  reactor.run();
  EXPECT_THROW(reactor.run(), ReactorAlreadyRunning);
  EXPECT_THROW(reactor.stop(), ReactorNotRunning);
  EXPECT_FALSE(reactor.running());
  ready.callback();
  reactor.stop();
  EXPECT_THROW(reactor.stop(), ReactorNotRunning);
  EXPECT_THROW(reactor.run(), ReactorAlreadyRunning);
  EXPECT_TRUE(reactor.running());
  saved.callback();
  EXPECT_FALSE(reactor.running());
}

TEST_F(MemoryReactorTest, MayBeStoppedByAStartupTrigger) {
  reactor.callWhenRunning([this] { reactor.stop(); });
  reactor.run();
  EXPECT_FALSE(reactor.running());
}

TEST_F(MemoryReactorTest, MayBeDestroyedWhileATriggerHoldsIt) {
  Deferred<void> saved;
  bool during = false;
  {
    MemoryReactor other(log.log);
    other.addSystemEventTrigger(TriggerPhase::before, "shutdown", [&] { return saved; });
    other.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] { during = true; });
    other.run();
    other.stop();
  }
  saved.callback();
  EXPECT_FALSE(during);
}

TEST_F(MemoryReactorTest, TellsWhenAPortIsClosed) {
  MemoryPort& port = listen();
  successResultOf(port.stopListening());
  EXPECT_FALSE(port.listening());
  EXPECT_EQ(server->stops, 1);
  successResultOf(port.stopListening());
  EXPECT_EQ(server->stops, 1);
}

// --- Other sockets, and names ----------------------------------------------------------

TEST_F(MemoryReactorTest, ListensAndConnectsOverUNIXSockets) {
  const auto port = reactor.listenUNIX("/run/x", server, {.mode = 0600});
  EXPECT_EQ(toString(port->getHost()), "unix:/run/x");
  EXPECT_EQ(reactor.unixServers.at(0)->unixOptions().mode, 0600u);
  const auto connector = reactor.connectUNIX("/run/x", client, {.timeout = 5s});
  EXPECT_EQ(toString(connector->getDestination()), "unix:/run/x");
  const auto connection = reactor.accept(*reactor.unixClients.at(0), *reactor.unixServers[0]);
  EXPECT_EQ(client->addresses.at(0), "unix:/run/x");
  EXPECT_EQ(server->addresses.at(0), "unix:") << "a client has no path";
  EXPECT_EQ(reactor.pendingCalls(), 0u);
}

TEST_F(MemoryReactorTest, GivesUpOnAUNIXSocketInTime) {
  reactor.connectUNIX("/run/x", client, {.timeout = 5s});
  reactor.advance(5s);
  EXPECT_EQ(client->failures, std::vector<std::string>{"plait::TimeoutError"});
}

TEST_F(MemoryReactorTest, RefusesTheNextListenOverUNIXSocketsToo) {
  reactor.refuseNextListen(std::make_error_code(std::errc::address_in_use));
  EXPECT_THROW(reactor.listenUNIX("/run/x", server), CannotListenError);
  EXPECT_NO_THROW(reactor.listenUNIX("/run/x", server));
}

TEST_F(MemoryReactorTest, AdoptsTheSocketsThereAre) {
  reactor.openSockets = {{3, IPv4Address{{127, 0, 0, 1}, 80}}};
  const auto port = reactor.adoptStreamPort(3, server);
  EXPECT_EQ(toString(port->getHost()), "127.0.0.1:80");
  EXPECT_EQ(reactor.adoptedServers.at(0), port);
  try {
    reactor.adoptStreamPort(4, server);
    FAIL() << "it listens";
  } catch (const CannotListenError& error) {
    EXPECT_STREQ(error.what(), "cannot listen on descriptor 4: Bad file descriptor");
  }
}

TEST_F(MemoryReactorTest, SaysWhatItHasNoneOf) {
  const auto protocol = std::make_shared<DatagramProtocol>();
  EXPECT_THROW(reactor.listenUNIXDatagram("/run/x", protocol), std::logic_error);
  EXPECT_THROW(reactor.connectUNIXDatagram("/run/x", protocol), std::logic_error);
  EXPECT_THROW(reactor.adoptDatagramPort(3, protocol), std::logic_error);
  EXPECT_THROW(reactor.adoptStreamConnection(3, server), std::logic_error);
}

TEST_F(MemoryReactorTest, KnowsItsDestinationsAsWhatTheyAre) {
  reactor.connectTCP("192.0.2.1", 80, client);
  reactor.connectTCP("::1", 80, client);
  EXPECT_TRUE(reactor.tcpClients.at(0)->getDestination().as<IPv4Address>());
  EXPECT_TRUE(reactor.tcpClients.at(1)->getDestination().as<IPv6Address>());
}

TEST_F(MemoryReactorTest, TakesAnotherResolver) {
  EXPECT_EQ(&reactor.nameResolver(), &reactor.resolver);
  const auto other = std::make_shared<MemoryResolver>();
  EXPECT_EQ(reactor.installNameResolver(other), nullptr);
  EXPECT_EQ(&reactor.nameResolver(), other.get());
  EXPECT_EQ(reactor.installNameResolver(nullptr), other);
  EXPECT_EQ(&reactor.nameResolver(), &reactor.resolver);
}

}  // namespace
}  // namespace plait::testing
