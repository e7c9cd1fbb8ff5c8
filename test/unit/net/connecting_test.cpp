#include <plait/echo/echo.hpp>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class Connecting : public NetTest {
 protected:
  std::shared_ptr<Connector> connectTo(std::uint16_t toPort, ConnectOptions options = {}) {
    return reactor.connectTCP("127.0.0.1", toPort, client, options);
  }
  bool failedWithin() {
    return runUntil([&] { return client->failures == 1; });
  }

  std::shared_ptr<ScriptedFactory> client = ScriptedFactory::noting(events, "client");
};

/// A listener whose queue is full: whoever connects now waits.
class FullListener {
 public:
  FullListener() {
    for (int i = 0; i < 2; ++i) waiting_.emplace_back(listener_.address());
  }
  std::uint16_t port() const { return listener_.port(); }

 private:
  RawListener listener_{1};
  std::vector<RawPeer> waiting_;
};

TEST_F(Connecting, TellsTheStoryInOrder) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  connect(port, client);
  events.push_back("connectTCP returned");
  runUntil([&] { return server->connected() && client->connected(); });
  server->last().transport->loseConnection();
  runUntil([&] { return client->numPorts() == 0; });
  EXPECT_THAT(events,
              ElementsAre("client.startFactory", "client.startedConnecting", "connectTCP returned",
                          "client.buildProtocol", "client.connectionMade", "client.connectionLost",
                          "client.clientConnectionLost", "client.stopFactory"));
  EXPECT_TRUE(client->last().lostWith<ConnectionDone>());
}

TEST_F(Connecting, KnowsBothAddresses) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  auto connector = connect(port, client);
  EXPECT_EQ(connector->getDestination(), port->getHost());
  runUntil([&] { return server->connected() && client->connected(); });
  EXPECT_EQ(client->last().transport->getPeer(), port->getHost());
  EXPECT_EQ(client->last().transport->getHost(), server->last().transport->getPeer());
}

TEST_F(Connecting, OverIPv6) {
  auto server = ScriptedFactory::make();
  auto port = reactor.listenTCP(0, server, {.interface = "::1"});
  auto connector = reactor.connectTCP("::1", port->getHost().port(), client);
  EXPECT_EQ(connector->getDestination(), port->getHost());
  runUntil([&] { return server->connected() && client->connected(); });
  EXPECT_EQ(client->last().transport->getHost(), server->last().transport->getPeer());
}

TEST_F(Connecting, RefusedIsAFailureThatComesAfterTheCall) {
  const auto port = unusedPort();
  connectTo(port);
  events.push_back("connectTCP returned");
  failedWithin();
  EXPECT_THAT(events,
              ElementsAre("client.startFactory", "client.startedConnecting", "connectTCP returned",
                          "client.clientConnectionFailed", "client.stopFactory"));
  ASSERT_TRUE(client->failed->check<ConnectionRefusedError>());
  EXPECT_EQ(client->failed->getErrorMessage(),
            fmt::format("cannot connect to 127.0.0.1:{}: Connection refused", port));
  EXPECT_EQ(client->failed->check<ConnectError>()->osError, std::errc::connection_refused);
}

TEST_F(Connecting, TimesOut) {
  FullListener full;
  connectTo(full.port(), {.timeout = 10ms});
  failedWithin();
  EXPECT_TRUE(client->failed->check<TimeoutError>());
  EXPECT_EQ(client->failed->getErrorMessage(),
            fmt::format("cannot connect to 127.0.0.1:{}: no answer within 0.01 s", full.port()));
  EXPECT_EQ(client->numPorts(), 0);
}

TEST_F(Connecting, WithTimeoutZeroFailsAtOnceButNotFromInsideTheCall) {
  FullListener full;
  connectTo(full.port(), {.timeout = 0s});
  EXPECT_EQ(client->failures, 0);
  failedWithin();
  EXPECT_TRUE(client->failed->check<TimeoutError>());
}

TEST_F(Connecting, TheTimeoutIsForgottenOnceConnected) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  connect(port, client, {.timeout = 200ms});
  runUntil([&] { return client->connected(); });
  bool later = false;
  reactor.callLater(250ms, [&] { later = true; });
  runUntil([&] { return later; });
  EXPECT_EQ(client->failures, 0);
  EXPECT_TRUE(client->last().transport->connected());
}

TEST_F(Connecting, FromAnAddressOfOnesChoice) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  connect(port, client, {.bindAddress = *IPv4Address::parse("127.0.0.9")});
  runUntil([&] { return server->connected() && client->connected(); });
  EXPECT_EQ(server->last().transport->getPeer().host(), "127.0.0.9");
  EXPECT_EQ(client->last().transport->getHost(), server->last().transport->getPeer());
}

TEST_F(Connecting, FromAnAddressThatIsNotOursFails) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  connect(port, client, {.bindAddress = *IPv4Address::parse("192.0.2.1")});
  EXPECT_EQ(client->failures, 0);
  failedWithin();
  ASSERT_TRUE(client->failed->check<ConnectBindError>());
  EXPECT_EQ(client->failed->getErrorMessage(),
            "cannot bind 192.0.2.1:0: Cannot assign requested address");
}

TEST_F(Connecting, FromAnAddressOfTheOtherFamilyFails) {
  connectTo(unusedPort(), {.bindAddress = *IPv6Address::parse("::1")});
  failedWithin();
  EXPECT_TRUE(client->failed->check<ConnectBindError>());
}

TEST_F(Connecting, StopConnectingFailsItFromInsideTheCall) {
  FullListener full;
  auto connector = connectTo(full.port());
  connector->stopConnecting();
  EXPECT_EQ(client->failures, 1);
  EXPECT_TRUE(client->failed->check<UserError>());
  EXPECT_FALSE(client->failed->check<TimeoutError>());
  EXPECT_EQ(client->numPorts(), 0);
  EXPECT_THROW(connector->stopConnecting(), NotConnectingError);
}

TEST_F(Connecting, StopConnectingFromStartedConnecting) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  client->onStarted = [](Connector& connector) { connector.stopConnecting(); };
  connect(port, client);
  EXPECT_EQ(client->failures, 1);
  RawPeer later(port->getHost());
  runUntil([&] { return server->connected(); });
  runWhatIsReady();
  EXPECT_TRUE(client->connections.empty());
}

TEST_F(Connecting, StopConnectingWhenConnectedThrows) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  auto connector = connect(port, client);
  runUntil([&] { return client->connected(); });
  EXPECT_THROW(connector->stopConnecting(), NotConnectingError);
  EXPECT_TRUE(client->last().transport->connected());
}

TEST_F(Connecting, DisconnectStopsAnAttempt) {
  FullListener full;
  connectTo(full.port())->disconnect();
  EXPECT_TRUE(client->failed->check<UserError>());
}

TEST_F(Connecting, DisconnectLosesAConnectionAfterTheFlush) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  auto connector = connect(port, client);
  client->script.made = [](Connection& c) { c.transport->write("last words"); };
  runUntil([&] { return server->connected() && client->connected(); });
  connector->disconnect();
  runUntil([&] { return server->last().lost == 1 && client->losses == 1; });
  EXPECT_EQ(server->last().received, "last words");
  EXPECT_TRUE(client->last().lostWith<ConnectionDone>());
  EXPECT_NO_THROW(connector->disconnect());
}

TEST_F(Connecting, AgainWhileConnectingOrConnectedThrows) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  auto connector = connect(port, client);
  EXPECT_THROW(connector->connect(), std::logic_error);
  runUntil([&] { return client->connected(); });
  EXPECT_THROW(connector->connect(), std::logic_error);
  EXPECT_EQ(client->numPorts(), 1);
}

TEST_F(Connecting, AConnectorCanBeKeptAndUsedAgain) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  auto connector = connect(port, client);
  for (int round = 1; round <= 3; ++round) {
    runUntil([&] { return static_cast<int>(client->connections.size()) == round; });
    connector->disconnect();
    runUntil([&] { return client->losses == round; });
    EXPECT_EQ(client->numPorts(), 0);
    connector->connect();
    EXPECT_EQ(client->numPorts(), 1);
  }
}

TEST_F(Connecting, WithoutAProtocolIsALossNotAFailure) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  std::optional<Failure> lost;
  client->build = [](const Address&) { return nullptr; };
  client->onLost = [&](Connector&, const Failure& reason) { lost = reason; };
  connect(port, client);
  runUntil([&] { return client->losses == 1 && server->connected() && server->last().lost == 1; });
  EXPECT_EQ(client->failures, 0);
  EXPECT_TRUE(lost->check<ConnectionDone>());
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
  EXPECT_EQ(client->numPorts(), 0);
}

TEST_F(Connecting, GivesBuildProtocolTheServersAddress) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  std::optional<Address> seen;
  client->build = [&](const Address& address) {
    seen = address;
    return nullptr;
  };
  connect(port, client);
  runUntil([&] { return seen.has_value(); });
  EXPECT_EQ(*seen, port->getHost());
}

TEST_F(Connecting, ManyAtOnce) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  for (int i = 0; i < 200; ++i) connect(port, client);
  EXPECT_EQ(client->numPorts(), 200);
  runUntil([&] { return client->connections.size() == 200 && server->connections.size() == 200; });
  EXPECT_EQ(client->failures, 0);
}

TEST_F(Connecting, WhileStoppingFails) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] { connect(port, client); });
  reactor.stop();
  runUntil([&] { return !reactor.running(); });
  failedWithin();
  EXPECT_THAT(client->failed->getErrorMessage(), HasSubstr("the reactor is stopping"));
}

}  // namespace
}  // namespace plait::testing
