#include "support/net_test.hpp"

namespace plait::testing {
namespace {

/// Who keeps whom alive: the user may let go of everything at any moment.
class ObjectLife : public ServerTest {
 protected:
  /// A protocol that the test holds, and lets go of in the middle of a callback. It touches itself
  /// afterwards, for the address sanitizer to see.
  struct Holder : Protocol {
    enum class In { made, data, lost };
    Holder(std::shared_ptr<Holder>& theOnly, In where) : only(theOnly), in(where) {}
    ~Holder() override { ++destroyed; }
    void letGo(In here) {
      if (here == in) only.reset();
      ++calls;
      EXPECT_FALSE(transport().getPeer() == Address());
    }
    void connectionMade() override { letGo(In::made); }
    void dataReceived(BytesView data) override {
      letGo(In::data);
      transport().write(data);
    }
    void connectionLost(const Failure&) override { letGo(In::lost); }

    std::shared_ptr<Holder>& only;
    In in;
    int calls = 0;
    static inline int destroyed = 0;
  };

  void exchange(Holder::In in) {
    Holder::destroyed = 0;
    std::shared_ptr<Holder> only;
    server->build = [&](const Address&) { return only = std::make_shared<Holder>(only, in); };
    RawPeer peer(port->getHost());
    peer.send("hello");
    runUntil([&] {
      peer.receiveAll();
      return peer.received == "hello";
    });
    EXPECT_EQ(Holder::destroyed, 0);
    peer.close();
    runUntil([&] { return Holder::destroyed == 1; });
    EXPECT_EQ(only, nullptr);
  }
};

TEST_F(ObjectLife, TheProtocolMayBeLetGoOfInConnectionMade) {
  exchange(Holder::In::made);
}

TEST_F(ObjectLife, TheProtocolMayBeLetGoOfInDataReceived) {
  exchange(Holder::In::data);
}

TEST_F(ObjectLife, TheProtocolMayBeLetGoOfInConnectionLost) {
  exchange(Holder::In::lost);
}

TEST_F(ObjectLife, TheReactorKeepsTheProtocolUntilConnectionLostHasReturned) {
  bool alive = false;
  server->script.lost = [&](Connection& c, const Failure&) { alive = !c.protocol.expired(); };
  RawPeer peer = connectRaw();
  EXPECT_FALSE(server->last().protocol.expired());
  peer.close();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(alive);
  EXPECT_TRUE(server->last().protocol.expired());
  server->script.lost = nullptr;
}

TEST_F(ObjectLife, TheTransportGoesWhenNobodyHoldsItAnyMore) {
  RawPeer peer = connectRaw();
  std::weak_ptr<Transport> transport =
      dynamic_cast<StreamTransport&>(*server->last().transport).weak_from_this();
  server->last().transport.reset();
  EXPECT_FALSE(transport.expired());
  peer.close();
  runUntil([&] { return server->last().lost == 1; });
  runUntil([&] { return transport.expired(); });
}

TEST_F(ObjectLife, AProtocolThatIsKeptStillHasItsTransport) {
  RawPeer peer = connectRaw();
  auto protocol = server->last().protocol.lock();
  server->last().transport.reset();
  const Address address = peer.localAddress();
  peer.close();
  runUntil([&] { return server->last().lost == 1; });
  runWhatIsReady();
  EXPECT_FALSE(protocol->connected());
  EXPECT_EQ(protocol->transport().getPeer(), address);
  protocol->transport().write("nobody");
}

TEST_F(ObjectLife, TheClientsProtocolGoesToo) {
  auto client = ScriptedFactory::make();
  auto connector = connect(port, client);
  runUntil([&] { return client->connected(); });
  connector->disconnect();
  runUntil([&] { return client->losses == 1; });
  EXPECT_TRUE(client->last().protocol.expired());
}

TEST_F(ObjectLife, TheClientsProtocolIsAliveWhenItsFactoryIsTold) {
  auto client = ScriptedFactory::make();
  bool alive = false;
  client->onLost = [&](Connector&, const Failure&) { alive = !client->last().protocol.expired(); };
  auto connector = connect(port, client);
  runUntil([&] { return client->connected(); });
  connector->disconnect();
  runUntil([&] { return client->losses == 1; });
  EXPECT_TRUE(alive);
  client->onLost = nullptr;
}

TEST_F(ObjectLife, FactoriesLiveAsLongAsTheirListenersAndConnections) {
  std::weak_ptr<ScriptedFactory> weak;
  std::shared_ptr<Connection> connection;
  RawPeer peer;
  {
    auto factory = ScriptedFactory::make();
    weak = factory;
    auto its = listen(factory);
    peer = RawPeer(its->getHost());
    runUntil([&] { return factory->connected(); });
    connection = factory->connections.back();
    its->stopListening();
  }
  EXPECT_FALSE(weak.expired());  // a protocol of it lives
  peer.close();
  runUntil([&] { return connection->lost == 1; });
  runUntil([&] { return weak.expired(); });
}

TEST_F(ObjectLife, AWeakCallbackOfALostProtocolIsNotCalled) {
  int called = 0;
  server->script.made = [&](Connection& c) {
    reactor.callLater(1ms, weakly(c.protocol.lock().get(), [&](Protocol&) { ++called; }));
    c.transport->abortConnection();
  };
  RawPeer peer = connectRaw();
  bool later = false;
  reactor.callLater(2ms, [&] { later = true; });
  runUntil([&] { return later && server->last().lost == 1; });
  EXPECT_EQ(called, 0);
}

TEST_F(ObjectLife, ThousandsComeAndGoWithoutATrace) {
  auto client = ScriptedFactory::make();
  server->script.data = [](Connection& c, BytesView data) {
    c.transport->write(data);
    c.transport->loseConnection();
  };
  client->script.made = [](Connection& c) { c.transport->write("x"); };
  client->onLost = [&](Connector& connector, const Failure&) {
    if (client->losses <= 1000) connector.connect();
  };
  for (int i = 0; i < 8; ++i) connect(port, client);
  runUntil([&] { return client->numPorts() == 0 && server->lostConnections() >= 1000; });
  for (const auto& factory : {client, server}) {
    for (const auto& connection : factory->connections) {
      EXPECT_EQ(connection->lost, 1);
      EXPECT_TRUE(connection->protocol.expired());
      EXPECT_EQ(connection->received, "x");
    }
  }
  client->onLost = nullptr;
}

}  // namespace
}  // namespace plait::testing
