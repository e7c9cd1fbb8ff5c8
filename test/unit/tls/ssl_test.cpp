// TLS over TCP, on real sockets.
#include <plait/tls/ssl.hpp>

#include "../net/support/raw_peer.hpp"
#include "../net/support/run_until.hpp"
#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

/// Sends back what comes.
struct TLSEcho : TLSEnd {
  using TLSEnd::TLSEnd;
  void connectionMade() override { transport().registerProducer(transport()); }
  void dataReceived(BytesView bytes) override { transport().write(bytes); }
};

/// The client's side; notes what becomes of the connection.
struct LostNotingFactory : ClientFactory {
  std::shared_ptr<Protocol> buildProtocol(const Address&) override { return protocol; }
  void clientConnectionLost(Connector&, const Failure& why) override { reason = why; }
  std::shared_ptr<Protocol> protocol;
  std::optional<Failure> reason;
};

class SSL : public ::testing::Test {
 protected:
  SSL() {
    reactor.startRunning();
    factory->protocol = client;
  }

  void listen(std::shared_ptr<Protocol> protocol) {
    port = listenSSL(reactor, 0, std::make_shared<FactoryOf<>>(std::move(protocol)),
                     testServerTLS(), {.interface = "127.0.0.1"});
  }
  std::shared_ptr<Connector> connect(std::shared_ptr<TLSContext> context = testClientTLS()) {
    return connectSSL(reactor, "127.0.0.1", port->getHost().port(), factory, std::move(context));
  }
  template <class Condition>
  void runUntil(Condition condition) {
    EXPECT_TRUE(plait::testing::runUntil(reactor, condition));
  }

  RecordedLog log{LogLevel::warn};
  Notes notes;
  std::shared_ptr<TLSEnd> server = std::make_shared<TLSEnd>("server", notes);
  std::shared_ptr<TLSEnd> client = std::make_shared<TLSEnd>("client", notes);
  std::shared_ptr<LostNotingFactory> factory = std::make_shared<LostNotingFactory>();
  Reactor reactor{ReactorOptions{.log = &log.log, .installSignalHandlers = false}};
  std::shared_ptr<ListeningPort> port;
};

TEST_F(SSL, EchoesMegabytesAndCloses) {
  listen(std::make_shared<TLSEcho>("server", notes));
  const Bytes sent = pattern(10'000'000);
  client->whenMade = [&] { client->transport().write(sent); };
  client->whenData = [&] {
    if (client->data.size() == sent.size()) client->transport().loseConnection();
  };
  connect();
  runUntil([&] { return factory->reason.has_value(); });
  EXPECT_TRUE(client->data == sent);
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
}

TEST_F(SSL, SendsTheWholeReplyToOneThatHasClosedItsHalf) {
  listen(server);
  server->whenData = [&] { server->transport().write(pattern(5'000'000)); };
  client->whenMade = [&] { client->transport().write("question"); };
  auto half = std::make_shared<HalfCloseableTLSEnd>("client", notes);
  factory->protocol = half;
  half->whenMade = [&] {
    half->transport().write("question");
    half->transport().loseWriteConnection();
  };
  half->whenReadLost = [&] { half->transport().loseConnection(); };
  connect();
  runUntil([&] { return factory->reason.has_value() && server->reason; });
  EXPECT_TRUE(half->data == pattern(5'000'000));
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
}

TEST_F(SSL, TellsTheFactoryOfACertificateThatIsNotAccepted) {
  listen(server);
  connect(optionsForClientTLS("wrong.example", {.trust = testAuthority().trust()}));
  runUntil([&] { return factory->reason && server->reason; });
  EXPECT_TRUE(factory->reason->check<TLSVerificationError>());
  EXPECT_THAT(server->message(), HasSubstr("the peer refused")) << "the alert has arrived";
}

TEST_F(SSL, ClosesInOrderWhenTheConnectorIsDisconnected) {
  listen(server);
  const auto connector = connect();
  client->whenHandshaken = [&] { client->transport().write("last words"); };
  runUntil([&] { return !server->data.empty(); });
  connector->disconnect();
  runUntil([&] { return factory->reason && server->reason; });
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
}

TEST_F(SSL, ClosesInOrderWhenTheReactorStops) {
  listen(server);
  connect();
  client->whenHandshaken = [&] { client->transport().write("x"); };
  server->whenData = [&] {
    server->transport().write("goodbye");
    reactor.stop();
  };
  runUntil([&] { return !reactor.running(); });
  EXPECT_TRUE(server->lostWith<ConnectionDone>()) << server->message();
  EXPECT_TRUE(client->lostWith<ConnectionDone>()) << client->message();
}

TEST_F(SSL, TellsThatThePeerHasGoneWithoutAWord) {
  listen(server);
  RawPeer peer(port->getHost());
  runUntil([&] { return !notes.empty(); });
  peer.reset();
  runUntil([&] { return server->reason.has_value(); });
  EXPECT_EQ(server->reason->typeName(), "plait::ConnectionLost") << server->message();
}

TEST_F(SSL, RefusesPlainTextAndSaysSoByClosing) {
  listen(server);
  RawPeer peer(port->getHost());
  peer.send("EHLO there\r\n");
  runUntil([&] { return server->reason && peer.ended(); });
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.error(), 0);
  EXPECT_THAT(server->message(), HasSubstr("plain text"));
}

}  // namespace
}  // namespace plait::testing
