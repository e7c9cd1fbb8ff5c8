#include <boost/asio/io_context.hpp>

#include "support/held_lookup.hpp"
#include "support/net_test.hpp"

namespace plait::testing {
namespace {

enum class Context { owned, adoptedAndRunOnce, adoptedAndLeft };

/// Destroys a reactor with things open on it. That nothing is left behind is for the address
/// sanitizer to say.
class Destruction : public ::testing::TestWithParam<Context> {
 protected:
  Destruction() {
    if (GetParam() == Context::owned) {
      reactor = std::make_unique<Reactor>(
          ReactorOptions{.log = &captured.log, .installSignalHandlers = false});
    } else {
      reactor = std::make_unique<Reactor>(
          context, ReactorOptions{.log = &captured.log, .installSignalHandlers = false});
    }
    reactor->startRunning();
  }
  void destroy() {
    reactor.reset();
    if (GetParam() == Context::adoptedAndRunOnce) {
      context.restart();
      context.poll();
    }
  }
  void connectBoth() {
    const std::size_t before = client->connections.size();
    port = reactor->listenTCP(0, server, {.interface = "127.0.0.1"});
    reactor->connectTCP("127.0.0.1", port->getHost().port(), client);
    runUntil(*reactor, [&] {
      return server->connections.size() > before && client->connections.size() > before;
    });
  }

  CapturedLog captured;
  boost::asio::io_context context;
  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::shared_ptr<ScriptedFactory> client = ScriptedFactory::make();
  std::shared_ptr<ListeningPort> port;
  std::unique_ptr<Reactor> reactor;
};

INSTANTIATE_TEST_SUITE_P(, Destruction,
                         ::testing::Values(Context::owned, Context::adoptedAndRunOnce,
                                           Context::adoptedAndLeft),
                         [](const auto& param) {
                           switch (param.param) {
                             case Context::owned:
                               return "OwnContext";
                             case Context::adoptedAndRunOnce:
                               return "AdoptedContextRunAfterwards";
                             case Context::adoptedAndLeft:
                               return "AdoptedContextNeverRunAgain";
                           }
                           return "";
                         });

TEST_P(Destruction, AbortsConnectionsAndTellsTheirProtocols) {
  connectBoth();
  destroy();
  for (const auto& factory : {server, client}) {
    EXPECT_EQ(factory->last().lost, 1);
    EXPECT_TRUE(factory->last().lostWith<ConnectionAborted>());
    EXPECT_TRUE(factory->last().protocol.expired());
    EXPECT_EQ(factory->numPorts(), 0);
  }
  EXPECT_EQ(client->losses, 1);
}

TEST_P(Destruction, LeavesTransportsThatStillAnswer) {
  connectBoth();
  const Address peer = client->last().transport->getPeer();
  const Address host = client->last().transport->getHost();
  destroy();
  Transport& transport = *client->last().transport;
  transport.write("nobody");
  transport.pauseProducing();
  transport.loseConnection();
  transport.abortConnection();
  EXPECT_FALSE(transport.connected());
  EXPECT_EQ(transport.getPeer(), peer);
  EXPECT_EQ(transport.getHost(), host);
}

TEST_P(Destruction, WithWritesThatHaveNotLeftYet) {
  connectBoth();
  client->last().transport->write("small");
  server->last().transport->write(Bytes(20 * kMegabyte, 'x'));
  destroy();
  EXPECT_EQ(client->last().lost, 1);
}

TEST_P(Destruction, WithAFullSocket) {
  connectBoth();
  client->last().transport->pauseProducing();
  server->last().transport->write(Bytes(20 * kMegabyte, 'x'));
  runWhatIsReady(*reactor);
  EXPECT_GT(server->last().transport->bufferedBytes(), 0u);
  destroy();
  EXPECT_EQ(server->last().lost, 1);
}

TEST_P(Destruction, WithClosesUnderWay) {
  connectBoth();
  server->last().transport->loseConnection();
  client->last().transport->abortConnection();
  destroy();
  EXPECT_EQ(server->last().lost, 1);
  EXPECT_EQ(client->last().lost, 1);
}

TEST_P(Destruction, WithAPeerThatLingers) {
  port = reactor->listenTCP(0, server, {.interface = "127.0.0.1"});
  RawPeer peer(port->getHost());
  runUntil(*reactor, [&] { return server->connected(); });
  server->last().transport->loseConnection();
  runUntil(*reactor, [&] { return server->last().lost == 1; });
  destroy();  // the socket still waited for the peer to close
  peer.receiveUntilEnd();
  EXPECT_TRUE(peer.ended());
}

TEST_P(Destruction, WithPendingConnects) {
  reactor->connectTCP("127.0.0.1", unusedPort(), client);
  destroy();
  EXPECT_EQ(client->failures, 1);
  EXPECT_EQ(client->numPorts(), 0);
}

TEST_P(Destruction, WithPendingLookups) {
  HeldLookup lookup({"127.0.0.1"});
  for (int i = 0; i < 8; ++i) reactor->connectTCP("slow.held", unusedPort(), client);
  runUntil(*reactor, [&] { return lookup.waiting() > 0; });
  destroy();
  EXPECT_EQ(client->failures, 8);
}

TEST_P(Destruction, ClosesListeners) {
  port = reactor->listenTCP(0, server, {.interface = "127.0.0.1"});
  const Address address = port->getHost();
  destroy();
  EXPECT_EQ(server->numPorts(), 0);
  EXPECT_EQ(port->getHost(), address);
  EXPECT_NO_THROW(port->stopListening());
  EXPECT_THROW(RawPeer{address}, std::system_error);
}

TEST_P(Destruction, LeavesConnectorsThatAnswer) {
  port = reactor->listenTCP(0, server, {.interface = "127.0.0.1"});
  const auto connector = reactor->connectTCP("127.0.0.1", port->getHost().port(), client);
  runUntil(*reactor, [&] { return client->connected() && server->connected(); });
  destroy();
  EXPECT_NO_THROW(connector->disconnect());
  EXPECT_THROW(connector->stopConnecting(), NotConnectingError);
  EXPECT_EQ(connector->getDestination(), port->getHost());
}

TEST_P(Destruction, LeavesTransportsThatAnswer) {
  connectBoth();
  const auto transport = server->last().transport;
  const Address peer = transport->getPeer();
  destroy();
  transport->write("too late");
  transport->unregisterProducer();
  transport->loseConnection();
  transport->abortConnection();
  EXPECT_EQ(transport->getPeer(), peer);
  EXPECT_FALSE(transport->connected());
}

TEST_P(Destruction, WithConnectionsNobodyHasAccepted) {
  port = reactor->listenTCP(0, server, {.interface = "127.0.0.1"});
  RawPeer peer(port->getHost());
  destroy();
  peer.receiveUntilEnd();
  EXPECT_TRUE(server->connections.empty());
}

TEST_P(Destruction, DropsTimersAndCallsFromThreads) {
  reactor->callLater(0s, [] { FAIL() << "called after the end"; });
  reactor->callFromThread([] { FAIL() << "called after the end"; });
  destroy();
}

TEST_P(Destruction, ClientsThatReconnectAtOnceDoNotPreventIt) {
  client->onFailed = [](Connector& connector, const Failure&) { connector.connect(); };
  client->onLost = [](Connector& connector, const Failure&) { connector.connect(); };
  connectBoth();
  reactor->connectTCP("127.0.0.1", unusedPort(), client);
  destroy();
  EXPECT_EQ(client->losses, 1);
}

TEST_P(Destruction, CallbacksMayUseOtherConnections) {
  connectBoth();
  connectBoth();
  const auto useAll = [this](Connection&, const Failure&) {
    for (const auto& factory : {server, client}) {
      for (const auto& connection : factory->connections) {
        connection->transport->write("goodbye");
        connection->transport->loseConnection();
      }
    }
  };
  server->script.lost = useAll;
  client->script.lost = useAll;
  destroy();
  EXPECT_EQ(server->lostConnections(), 2);
  EXPECT_EQ(client->lostConnections(), 2);
  server->script.lost = nullptr;
  client->script.lost = nullptr;
}

TEST_P(Destruction, OfOneNeverRun) {
  Reactor never(kNoSignals);
  never.listenTCP(0, server, {.interface = "127.0.0.1"});
  never.connectTCP("127.0.0.1", unusedPort(), client);
  never.connectTCP("localhost", unusedPort(), client);
  never.callLater(0s, [] {});
}

}  // namespace
}  // namespace plait::testing
