#include "support/net_test.hpp"

namespace plait::testing {
namespace {

struct Broken : std::runtime_error {
  Broken() : std::runtime_error("broken protocol") {}
};

/// Callbacks that throw, on both ends: `server` is the one that does, with a raw peer; or `client`,
/// with a server that does not.
class Exceptions : public ServerTest {
 protected:
  /// A well-behaved connection that must not notice.
  Exceptions() {
    bystanders->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
    bystander = RawPeer(bystanderPort->getHost());
    runUntil([&] { return bystanders->connected(); });
  }
  void expectBystanderLives() {
    bystander.send("alive");
    runUntil([&] {
      bystander.receiveAll();
      return bystander.received == "alive";
    });
  }
  void expectLostWithBroken(ScriptedFactory& factory) {
    runUntil([&] { return factory.lostConnections() == 1; });
    EXPECT_TRUE(factory.last().lostWith<Broken>());
    EXPECT_EQ(factory.last().lost, 1);
    expectBystanderLives();
  }
  /// One error, under the connection's name, saying which callback it was.
  void expectLogged(const std::string& callback, const Address& peer) {
    const auto lines = captured.lines();
    const auto at = std::find_if(lines.begin(), lines.end(),
                                 [](const auto& line) { return line.level == LogLevel::error; });
    ASSERT_NE(at, lines.end());
    EXPECT_EQ(captured.errors(), 1u);
    EXPECT_EQ(at->source, fmt::format("Scripted {}", peer));
    EXPECT_EQ(at->message, callback + " threw, the connection is closed");
    ASSERT_TRUE(at->failure);
    EXPECT_TRUE(at->failure->check<Broken>());
  }
  void connectClient() { connect(port, client); }

  std::shared_ptr<ScriptedFactory> client = ScriptedFactory::make();
  std::shared_ptr<ScriptedFactory> bystanders = ScriptedFactory::make();
  std::shared_ptr<ListeningPort> bystanderPort = listen(bystanders);
  RawPeer bystander;
};

TEST_F(Exceptions, FromConnectionMadeOfAServer) {
  server->script.made = [](Connection& c) {
    c.transport->write("written before");
    throw Broken();
  };
  RawPeer peer(port->getHost());
  expectLostWithBroken(*server);
  expectLogged("connectionMade", peer.localAddress());
  peer.receiveUntilEnd();
  EXPECT_TRUE(peer.eof());  // the peer sees a clean end
  EXPECT_EQ(peer.received, "written before");
}

TEST_F(Exceptions, FromConnectionMadeOfAClient) {
  std::optional<Failure> told;
  client->script.made = [](Connection&) { throw Broken(); };
  client->onLost = [&](Connector&, const Failure& reason) { told = reason; };
  connectClient();
  expectLostWithBroken(*client);
  expectLogged("connectionMade", port->getHost());
  EXPECT_TRUE(told->check<Broken>());
  EXPECT_EQ(client->failures, 0);
  EXPECT_EQ(client->numPorts(), 0);
  runUntil([&] { return server->lostConnections() == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
}

TEST_F(Exceptions, FromDataReceivedOfAServer) {
  server->script.data = [](Connection& c, BytesView) {
    c.transport->write("partial reply");
    throw Broken();
  };
  RawPeer peer = connectRaw();
  peer.send("request");
  expectLostWithBroken(*server);
  expectLogged("dataReceived", peer.localAddress());
  peer.receiveUntilEnd();
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received, "partial reply");
}

TEST_F(Exceptions, FromDataReceivedOfAClient) {
  server->script.made = [](Connection& c) { c.transport->write("welcome"); };
  client->script.data = [](Connection&, BytesView) { throw Broken(); };
  connectClient();
  expectLostWithBroken(*client);
  expectLogged("dataReceived", port->getHost());
}

TEST_F(Exceptions, FromDataReceivedEndDelivery) {
  server->script.data = [](Connection&, BytesView) { throw Broken(); };
  RawPeer peer = connectRaw();
  peer.send("first");
  expectLostWithBroken(*server);
  peer.send("second");
  runWhatIsReady();
  EXPECT_EQ(server->last().received, "first");
}

TEST_F(Exceptions, FromConnectionLost) {
  server->script.lost = [](Connection&, const Failure&) { throw Broken(); };
  RawPeer peer = connectRaw();
  const Address address = peer.localAddress();
  peer.close();
  runUntil([&] { return server->last().lost == 1; });
  expectLogged("connectionLost", address);
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
  EXPECT_TRUE(server->last().protocol.expired());
  expectBystanderLives();
}

TEST_F(Exceptions, FromConnectionLostOfAClientStillReachesItsFactory) {
  server->script.made = [](Connection& c) { c.transport->loseConnection(); };
  client->script.lost = [](Connection&, const Failure&) { throw Broken(); };
  connectClient();
  runUntil([&] { return client->losses == 1; });
  EXPECT_EQ(client->numPorts(), 0);
  expectLogged("connectionLost", port->getHost());
}

TEST_F(Exceptions, FromReadConnectionLost) {
  server->halfCloseable = true;
  server->script.readLost = [](Connection&) { throw Broken(); };
  RawPeer peer = connectRaw();
  peer.shutdownWrite();
  expectLostWithBroken(*server);
  expectLogged("readConnectionLost", peer.localAddress());
}

TEST_F(Exceptions, FromWriteConnectionLost) {
  server->halfCloseable = true;
  server->script.writeLost = [](Connection&) { throw Broken(); };
  RawPeer peer = connectRaw();
  server->last().transport->loseWriteConnection();
  expectLostWithBroken(*server);
  expectLogged("writeConnectionLost", peer.localAddress());
}

TEST_F(Exceptions, FromBuildProtocolOfAClient) {
  std::optional<Failure> told;
  client->build = [](const Address&) -> std::shared_ptr<Protocol> { throw Broken(); };
  client->onLost = [&](Connector&, const Failure& reason) { told = reason; };
  connectClient();
  runUntil([&] { return client->losses == 1 && server->lostConnections() == 1; });
  EXPECT_TRUE(told->check<Broken>());
  EXPECT_EQ(captured.count(LogLevel::error,
                           fmt::format("buildProtocol threw, the connection to {} is closed",
                                       port->getHost())),
            1u);
  expectBystanderLives();
}

TEST_F(Exceptions, FromStartedConnectingFailTheAttempt) {
  client->onStarted = [](Connector&) { throw Broken(); };
  EXPECT_NO_THROW(connectClient());
  runUntil([&] { return client->failures == 1; });
  EXPECT_TRUE(client->failed->check<Broken>());
  EXPECT_EQ(client->numPorts(), 0);
  EXPECT_EQ(captured.count(LogLevel::error, "startedConnecting threw"), 1u);
  expectBystanderLives();
}

/// Throws from the callback it is told to.
struct BrokenProducer : PushProducer, PullProducer {
  enum class In { pause, resume, stop } in;
  explicit BrokenProducer(In which) : in(which) {}
  void pauseProducing() override { throwIn(In::pause); }
  void resumeProducing() override { throwIn(In::resume); }
  void stopProducing() override {
    ++stops;
    throwIn(In::stop);
  }
  void throwIn(In here) const {
    if (here == in) throw Broken();
  }
  PushProducer& push() { return *this; }
  int stops = 0;
};

TEST_F(Exceptions, FromPauseProducingOfAProducer) {
  BrokenProducer producer(BrokenProducer::In::pause);
  RawPeer peer = connectRaw();
  server->last().transport->registerProducer(producer.push());
  server->last().transport->write(Bytes(100'000, 'x'));
  EXPECT_EQ(server->last().lost, 0);
  expectLostWithBroken(*server);
  expectLogged("pauseProducing", peer.localAddress());
  EXPECT_EQ(producer.stops, 1);
}

TEST_F(Exceptions, FromResumeProducingOfAProducer) {
  BrokenProducer producer(BrokenProducer::In::resume);
  RawPeer peer = connectRaw();
  server->last().transport->registerProducer(producer.push());
  server->last().transport->write(Bytes(100'000, 'x'));
  expectLostWithBroken(*server);
  expectLogged("resumeProducing", peer.localAddress());
  EXPECT_EQ(producer.stops, 1);
}

TEST_F(Exceptions, FromStopProducingOfAProducer) {
  BrokenProducer producer(BrokenProducer::In::stop);
  RawPeer peer = connectRaw();
  const Address address = peer.localAddress();
  server->last().transport->registerProducer(producer.push());
  peer.reset();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionLost>());
  expectLogged("stopProducing", address);
  expectBystanderLives();
}

TEST_F(Exceptions, OfTypesThatAreNoStdException) {
  server->script.data = [](Connection&, BytesView) { throw 42; };
  RawPeer peer = connectRaw();
  peer.send("request");
  runUntil([&] { return server->last().lost == 1; });
  ASSERT_TRUE(server->last().reason->check<int>());
  EXPECT_EQ(*server->last().reason->check<int>(), 42);
  expectBystanderLives();
}

TEST_F(Exceptions, ReportedForAConnectionByCodeOfItsOwn) {
  RawPeer peer = connectRaw();
  server->last().transport->failConnection(Failure(Broken()), "a timer");
  expectLostWithBroken(*server);
  expectLogged("a timer", peer.localAddress());
}

TEST_F(Exceptions, AfterLoseConnectionDoNotReplaceItsReason) {
  server->script.data = [](Connection& c, BytesView) {
    c.transport->loseConnection(Failure(std::runtime_error("said first")));
    throw Broken();
  };
  RawPeer peer = connectRaw();
  peer.send("request");
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_EQ(server->last().reason->getErrorMessage(), "said first");
  EXPECT_EQ(captured.errors(), 1u);
}

}  // namespace
}  // namespace plait::testing
