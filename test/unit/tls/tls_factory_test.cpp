// Factories around factories, and what they hand on.
#include <plait/endpoints/proxy_protocol_factory.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <plait/tls/ssl.hpp>
#include <stdexcept>

#include "support/tls_test.hpp"

namespace plait::testing {
namespace {

/// Notes what it is told, and builds what a test says.
struct NotingFactory : ClientFactory {
  std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
    notes.push_back("build for " + toString(address));
    return protocol;
  }
  void startFactory() override { notes.push_back("start"); }
  void stopFactory() override { notes.push_back("stop"); }
  void startedConnecting(Connector&) override { notes.push_back("connecting"); }
  void clientConnectionFailed(Connector&, const Failure& why) override {
    notes.push_back("failed " + why.typeName());
  }
  void clientConnectionLost(Connector&, const Failure& why) override {
    notes.push_back("lost " + why.typeName());
  }

  Notes notes;
  std::shared_ptr<Protocol> protocol;
};

using ::testing::Contains;

struct TLSFactories : ::testing::Test {
  /// Joins the last attempt to connect with the port.
  void accept() {
    connection = reactor.accept(*reactor.tcpClients.back(), *reactor.tcpServers.back());
  }

  MemoryReactor reactor;
  Notes notes;
  std::shared_ptr<TLSEnd> serverEnd = std::make_shared<TLSEnd>("server", notes);
  std::shared_ptr<TLSEnd> clientEnd = std::make_shared<TLSEnd>("client", notes);
  std::shared_ptr<NotingFactory> server = std::make_shared<NotingFactory>();
  std::shared_ptr<NotingFactory> client = std::make_shared<NotingFactory>();
  std::unique_ptr<MemoryConnection> connection;
};

/// Notes whom the PROXY header names.
struct HeaderReader : Protocol, ProxyHeaderListener {
  void proxyHeaderReceived(const ProxyHeader& header) override { source = header.source; }
  Address source;
};

TEST_F(TLSFactories, HandThePROXYHeaderOnToTheProtocolAbove) {
  const auto reader = std::make_shared<HeaderReader>();
  server->protocol = reader;
  const auto wire = tlsServer(testServerTLS(), server)->makeProtocol(Address());
  ProxyHeader header;
  header.source = IPv4Address{{192, 0, 2, 1}, 4711};
  dynamic_cast<ProxyHeaderListener&>(*wire).proxyHeaderReceived(header);
  EXPECT_EQ(reader->source, header.source);
}

TEST_F(TLSFactories, ServeListenSSLAndConnectSSL) {
  server->protocol = serverEnd;
  client->protocol = clientEnd;
  listenSSL(reactor, 443, server, testServerTLS());
  connectSSL(reactor, "localhost", 443, client, testClientTLS());
  accept();
  connection->flush();
  EXPECT_EQ(&clientEnd->factory(), client.get());
  EXPECT_EQ(&serverEnd->factory(), server.get());
  clientEnd->transport().write("hello");
  clientEnd->transport().loseConnection();
  connection->flush();
  EXPECT_EQ(serverEnd->data, "hello");
  EXPECT_THAT(server->notes, ElementsAre("start", "build for 127.0.0.1:50000"));
  EXPECT_THAT(client->notes, ElementsAre("start", "connecting", "build for 0.0.0.0:443",
                                         "lost plait::ConnectionDone", "stop"));
}

TEST_F(TLSFactories, TellOfAttemptsThatFail) {
  connectSSL(reactor, "localhost", 443, client, testClientTLS());
  reactor.tcpClients[0]->fail(Failure(UserError()));
  EXPECT_THAT(client->notes, ElementsAre("start", "connecting", "failed plait::UserError", "stop"));
}

TEST_F(TLSFactories, TellOfTLSThatFails) {
  server->protocol = serverEnd;
  client->protocol = clientEnd;
  listenSSL(reactor, 443, server, testServerTLS());
  connectSSL(reactor, "localhost", 443, client,
             optionsForClientTLS("elsewhere.example", {.trust = testAuthority().trust()}));
  accept();
  connection->flush();
  EXPECT_THAT(client->notes, Contains("lost plait::TLSVerificationError"));
  EXPECT_THAT(clientEnd->message(), HasSubstr("elsewhere.example"));
}

TEST_F(TLSFactories, RefuseAConnectionThatTheirFactoryRefuses) {
  client->protocol = clientEnd;
  listenSSL(reactor, 443, server, testServerTLS());
  connectSSL(reactor, "localhost", 443, client, testClientTLS());
  accept();
  EXPECT_EQ(connection, nullptr);
  EXPECT_THAT(notes, IsEmpty());
}

TEST_F(TLSFactories, StartAndStopTheirFactory) {
  const auto wrapped = tlsServer(testServerTLS(), server);
  wrapped->doStart();
  wrapped->doStart();
  EXPECT_EQ(server->numPorts(), 1);
  wrapped->doStop();
  EXPECT_THAT(server->notes, ElementsAre("start"));
  wrapped->doStop();
  EXPECT_THAT(server->notes, ElementsAre("start", "stop"));
}

TEST_F(TLSFactories, NeedAContextAndAFactory) {
  EXPECT_THROW(tlsServer(nullptr, server), std::invalid_argument);
  EXPECT_THROW(tlsClient(testClientTLS(), nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
