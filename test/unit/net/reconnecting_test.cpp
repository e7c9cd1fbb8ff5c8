#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class Reconnecting : public NetTest {
 protected:
  std::shared_ptr<ScriptedFactory> client = ScriptedFactory::noting(events, "client");
};

TEST_F(Reconnecting, FromClientConnectionFailedStopsTheFactoryOnlyAtTheEnd) {
  client->onFailed = [this](Connector& connector, const Failure&) {
    if (client->failures < 3) connector.connect();
  };
  reactor.connectTCP("127.0.0.1", unusedPort(), client);
  runUntil([&] { return client->numPorts() == 0; });
  EXPECT_THAT(events, ElementsAre("client.startFactory", "client.startedConnecting",
                                  "client.clientConnectionFailed", "client.startedConnecting",
                                  "client.clientConnectionFailed", "client.startedConnecting",
                                  "client.clientConnectionFailed", "client.stopFactory"));
}

TEST_F(Reconnecting, FromClientConnectionLostStopsTheFactoryOnlyAtTheEnd) {
  auto server = ScriptedFactory::make();
  server->script.made = [](Connection& c) { c.transport->loseConnection(); };
  auto port = listen(server);
  client->onLost = [this](Connector& connector, const Failure&) {
    if (client->losses < 2) connector.connect();
  };
  connect(port, client);
  runUntil([&] { return client->numPorts() == 0; });
  EXPECT_THAT(
      events,
      ElementsAre("client.startFactory", "client.startedConnecting", "client.buildProtocol",
                  "client.connectionMade", "client.connectionLost", "client.clientConnectionLost",
                  "client.startedConnecting", "client.buildProtocol", "client.connectionMade",
                  "client.connectionLost", "client.clientConnectionLost", "client.stopFactory"));
}

TEST_F(Reconnecting, LaterStopsAndStartsTheFactory) {
  const auto port = unusedPort();
  client->onFailed = [this](Connector& connector, const Failure&) {
    if (client->failures == 2) return;
    auto kept = connector.shared_from_this();
    reactor.callLater(1ms, [kept] { kept->connect(); });
  };
  reactor.connectTCP("127.0.0.1", port, client);
  runUntil([&] { return client->failures == 2; });
  EXPECT_THAT(events, ElementsAre("client.startFactory", "client.startedConnecting",
                                  "client.clientConnectionFailed", "client.stopFactory",
                                  "client.startFactory", "client.startedConnecting",
                                  "client.clientConnectionFailed", "client.stopFactory"));
}

TEST_F(Reconnecting, UntilTheServerIsThere) {
  const auto number = unusedPort();
  auto server = ScriptedFactory::make();
  client->onFailed = [&](Connector& connector, const Failure&) {
    if (client->failures == 5) reactor.listenTCP(number, server, {.interface = "127.0.0.1"});
    connector.connect();
  };
  reactor.connectTCP("127.0.0.1", number, client);
  runUntil([&] { return client->connected() && server->connected(); });
  EXPECT_EQ(client->failures, 5);
}

TEST_F(Reconnecting, EachAttemptHasItsOwnTimeout) {
  RawListener listener(1);
  RawPeer first(listener.address());
  RawPeer second(listener.address());  // the queue is full
  client->onFailed = [&](Connector& connector, const Failure& reason) {
    EXPECT_TRUE(reason.check<TimeoutError>());
    if (client->failures < 3) connector.connect();
  };
  reactor.connectTCP("127.0.0.1", listener.port(), client, {.timeout = 5ms});
  runUntil([&] { return client->numPorts() == 0; });
  EXPECT_EQ(client->failures, 3);
}

TEST_F(Reconnecting, AConnectorLivesAsLongAsItIsUsedAndNoLonger) {
  auto server = ScriptedFactory::make();
  auto port = listen(server);
  std::weak_ptr<Connector> connector = connect(port, client);
  runUntil([&] { return client->connected(); });
  EXPECT_FALSE(connector.expired());
  connector.lock()->disconnect();
  runUntil([&] { return client->losses == 1; });
  runWhatIsReady();
  EXPECT_TRUE(connector.expired());
}

TEST_F(Reconnecting, ThrowingClientCallbacksAreLoggedAndEndIt) {
  client->onFailed = [](Connector&, const Failure&) { throw std::runtime_error("broken factory"); };
  reactor.connectTCP("127.0.0.1", unusedPort(), client);
  runUntil([&] { return client->numPorts() == 0; });
  EXPECT_EQ(captured.count(LogLevel::error, "a client factory threw"), 1u);

  auto server = ScriptedFactory::make();
  auto port = listen(server);
  client->onLost = [](Connector&, const Failure&) { throw std::runtime_error("broken factory"); };
  auto connector = connect(port, client);
  runUntil([&] { return client->connected(); });
  connector->disconnect();
  runUntil([&] { return client->numPorts() == 0; });
  EXPECT_EQ(captured.count(LogLevel::error, "a client factory threw"), 2u);
}

}  // namespace
}  // namespace plait::testing
