#include <plait/endpoints/errors.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>

#include "support/endpoint_test.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

struct TCPServerEndpoint : EndpointTest {};
struct TCPClientEndpoint : EndpointTest {};

// --- Listening -------------------------------------------------------------------------

TEST_F(TCPServerEndpoint, ListensWithItsOptions) {
  TCP4ServerEndpoint endpoint(reactor, 8000, {.interface = "127.0.0.1", .backlog = 7});
  const auto port = successResultOf(endpoint.listen(server));
  EXPECT_EQ(toString(port->getHost()), "127.0.0.1:8000");
  EXPECT_EQ(reactor.tcpServers[0]->options().backlog, 7);
  EXPECT_EQ(&reactor.tcpServers[0]->factory(), server.get());
}

TEST_F(TCPServerEndpoint, ListensOnAllIPv6AddressesByDefault) {
  TCP6ServerEndpoint endpoint(reactor, 8000);
  EXPECT_EQ(toString(successResultOf(endpoint.listen(server))->getHost()), "[::]:8000");
  TCP6ServerEndpoint local(reactor, 8001, {.interface = "::1"});
  EXPECT_EQ(toString(successResultOf(local.listen(server))->getHost()), "[::1]:8001");
}

TEST_F(TCPServerEndpoint, RefusesIPv4WhereItIsForIPv6) {
  EXPECT_THROW(TCP6ServerEndpoint(reactor, 80, {.interface = "127.0.0.1"}), std::invalid_argument);
}

TEST_F(TCPServerEndpoint, FailsInsteadOfThrowing) {
  TCP4ServerEndpoint endpoint(reactor, 80, {.interface = "127.0.0.1"});
  reactor.refuseNextListen(std::make_error_code(std::errc::permission_denied));
  const Failure failure = failureResultOf<CannotListenError>(endpoint.listen(server));
  EXPECT_EQ(failure.getErrorMessage(), "cannot listen on 127.0.0.1:80: Permission denied");
  EXPECT_EQ(successResultOf(endpoint.listen(server))->getHost().port(), 80) << "it may try again";
}

TEST_F(TCPServerEndpoint, FailsWithWhatStartFactoryThrows) {
  struct Broken : GreetingFactory {
    void startFactory() override { throw std::runtime_error("no database"); }
  };
  TCP4ServerEndpoint endpoint(reactor, 80);
  failureResultOf<std::runtime_error>(endpoint.listen(std::make_shared<Broken>()));
}

TEST_F(TCPServerEndpoint, ListensBeneathALayer) {
  TCP4ServerEndpoint endpoint(reactor, 80);
  const auto layer = std::make_shared<GreetingFactory>();
  std::shared_ptr<Factory> wrapped;
  successResultOf(endpoint.listenBeneath(
      [&](std::shared_ptr<Factory> factory) {
        wrapped = std::move(factory);
        return layer;
      },
      server));
  EXPECT_EQ(wrapped, server);
  EXPECT_EQ(&reactor.tcpServers[0]->factory(), layer.get());
}

TEST_F(TCPServerEndpoint, DescribesWhereItListens) {
  TCP4ServerEndpoint v4(reactor, 0, {.interface = "127.0.0.1"});
  TCP6ServerEndpoint v6(reactor, 8000, {.interface = "::1"});
  const auto port = successResultOf(v4.listen(server));
  EXPECT_EQ(v4.describe(*port), "tcp:127.0.0.1:" + std::to_string(port->getHost().port()));
  EXPECT_EQ(v6.describe(*successResultOf(v6.listen(server))), "tcp6:[::1]:8000");
}

// --- Connecting ------------------------------------------------------------------------

TEST_F(TCPClientEndpoint, FiresWhenConnectionMadeHasReturned) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  client->greeting = "hello";
  Protocols connecting = endpoint.connect(client);
  assertNoResult(connecting);
  int madeWhenFired = 0;
  const auto fired = connecting.addCallback([&](std::shared_ptr<Protocol> protocol) {
    madeWhenFired = client->protocols.at(0)->made;
    return protocol;
  });
  MemoryConnection& connection = accept();
  EXPECT_EQ(successResultOf(fired), client->protocols.at(0));
  EXPECT_EQ(madeWhenFired, 1);
  EXPECT_EQ(client->addresses, std::vector<std::string>{"192.0.2.1:80"});
  connection.flush();
  EXPECT_EQ(server->protocols.at(0)->data, "hello");
  EXPECT_EQ(reactor.pendingCalls(), 0u);
}

TEST_F(TCPClientEndpoint, GivesTheProtocolAllThatComes) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  server->greeting = "welcome";
  const auto protocol = endpoint.connect(client);
  MemoryConnection& connection = accept();
  connection.flush();
  Greeting& greeted = *client->protocols.at(0);
  EXPECT_EQ(greeted.data, "welcome");
  EXPECT_EQ(&greeted.factory(), client.get());
  server->protocols.at(0)->transport().loseConnection();
  connection.flush();
  EXPECT_EQ(greeted.lost, 1);
  EXPECT_TRUE(greeted.reason->check<ConnectionDone>());
  EXPECT_EQ(client->starts, 1);
  EXPECT_EQ(client->stops, 1);
}

TEST_F(TCPClientEndpoint, PassesItsOptionsOn) {
  TCP4ClientEndpoint endpoint(reactor, "example.com", 80,
                              {.timeout = 7s, .bindAddress = IPv4Address{{10, 0, 0, 2}, 0}});
  const auto connecting = endpoint.connect(client);
  const ConnectOptions& options = reactor.tcpClients.at(0)->options();
  EXPECT_EQ(options.timeout, Duration(7s));
  EXPECT_EQ(toString(options.bindAddress), "10.0.0.2:0");
  EXPECT_EQ(toString(reactor.tcpClients[0]->getDestination()), "example.com:80");
}

TEST_F(TCPClientEndpoint, FailsWhenItIsRefused) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  const auto connecting = endpoint.connect(client);
  refuse(*reactor.tcpClients.at(0));
  failureResultOf<ConnectionRefusedError>(connecting);
  EXPECT_EQ(client->starts, 1);
  EXPECT_EQ(client->stops, 1);
  EXPECT_TRUE(client->addresses.empty());
}

TEST_F(TCPClientEndpoint, FailsWhenItTakesTooLong) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80, {.timeout = 5s});
  const auto connecting = endpoint.connect(client);
  reactor.advance(5s);
  failureResultOf<TimeoutError>(connecting);
}

TEST_F(TCPClientEndpoint, FailsWithNoProtocolWhenTheFactoryRefuses) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  client->refuse = true;
  const auto connecting = endpoint.connect(client);
  EXPECT_EQ(reactor.accept(*reactor.tcpClients.at(0), listen()), nullptr);
  failureResultOf<NoProtocol>(connecting);
}

TEST_F(TCPClientEndpoint, FailsWithWhatBuildProtocolThrows) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  client->whenBuilding = [] { throw std::domain_error("cannot build"); };
  const auto connecting = endpoint.connect(client);
  EXPECT_EQ(reactor.accept(*reactor.tcpClients.at(0), listen()), nullptr);
  failureResultOf<std::domain_error>(connecting);
}

TEST_F(TCPClientEndpoint, FailsAndLosesTheConnectionWhenConnectionMadeThrows) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  client->protocolThrows = true;
  const auto connecting = endpoint.connect(client);
  accept().flush();
  EXPECT_EQ(failureResultOf<std::runtime_error>(connecting).getErrorMessage(), "no greeting");
  EXPECT_EQ(client->protocols.at(0)->lost, 1);
  EXPECT_TRUE(client->protocols.at(0)->reason->check<std::runtime_error>());
  EXPECT_EQ(log.failures(), std::vector<std::string>{"no greeting"});
}

TEST_F(TCPClientEndpoint, EndsTheAttemptWhenItIsCancelled) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  const auto connecting = endpoint.connect(client);
  connecting.cancel();
  const Failure failure = failureResultOf<ConnectingCancelledError>(connecting);
  EXPECT_EQ(toString(failure.check<ConnectingCancelledError>()->address), "192.0.2.1:80");
  EXPECT_EQ(reactor.tcpClients.at(0)->state(), State::disconnected);
  EXPECT_EQ(reactor.pendingCalls(), 0u);
  EXPECT_EQ(client->stops, 1);
}

TEST_F(TCPClientEndpoint, NamesTheHostWhenALookupIsCancelled) {
  TCP4ClientEndpoint endpoint(reactor, "example.com", 80);
  const auto connecting = endpoint.connect(client);
  connecting.cancel();
  EXPECT_EQ(failureResultOf(connecting).getErrorMessage(),
            "connecting to example.com:80 was cancelled");
}

TEST_F(TCPClientEndpoint, ClosesWhatIsCancelledWhileItsProtocolIsBuilt) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  const auto connecting = endpoint.connect(client);
  client->whenBuilding = [&] { connecting.cancel(); };
  accept().flush();
  failureResultOf<ConnectingCancelledError>(connecting);
  EXPECT_EQ(client->protocols.at(0)->made, 0);
  EXPECT_TRUE(connections[0]->over());
}

TEST_F(TCPClientEndpoint, LeavesTheConnectionAloneWhenItIsCancelledTooLate) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  const auto connecting = endpoint.connect(client);
  accept();
  connecting.cancel();
  EXPECT_TRUE(successResultOf(connecting)->connected());
}

TEST_F(TCPClientEndpoint, FailsWithWhatTheReactorThrows) {
  struct Broken : MemoryReactor {
    std::shared_ptr<Connector> connectTCP(std::string, std::uint16_t,
                                          std::shared_ptr<ClientFactory>, ConnectOptions) override {
      throw std::invalid_argument("bad options");
    }
  } broken;
  failureResultOf<std::invalid_argument>(TCP4ClientEndpoint(broken, "x", 1).connect(client));
}

TEST_F(TCPClientEndpoint, MakesAConnectionEachTime) {
  TCP4ClientEndpoint endpoint(reactor, "192.0.2.1", 80);
  const auto first = endpoint.connect(client), second = endpoint.connect(client);
  accept(*reactor.tcpClients.at(1));
  assertNoResult(first);
  accept(*reactor.tcpClients.at(0));
  EXPECT_EQ(successResultOf(second), client->protocols.at(0));
  EXPECT_EQ(successResultOf(first), client->protocols.at(1));
}

TEST_F(TCPClientEndpoint, SaysNothingToAClientFactory) {
  struct Told : ClientFactory {
    std::shared_ptr<Protocol> buildProtocol(const Address&) override { return nullptr; }
    void startedConnecting(Connector&) override { ++told; }
    void clientConnectionFailed(Connector&, const Failure&) override { ++told; }
    int told = 0;
  };
  const auto factory = std::make_shared<Told>();
  const auto connecting = TCP4ClientEndpoint(reactor, "192.0.2.1", 80).connect(factory);
  refuse(*reactor.tcpClients.at(0));
  failureResultOf(connecting);
  EXPECT_EQ(factory->told, 0);
}

TEST_F(TCPClientEndpoint, TakesOnlyAnIPv6AddressWhereItIsForIPv6) {
  const auto connecting = TCP6ClientEndpoint(reactor, "::1", 80).connect(client);
  EXPECT_EQ(toString(reactor.tcpClients.at(0)->getDestination()), "[::1]:80");
  EXPECT_THROW(TCP6ClientEndpoint(reactor, "example.com", 80), std::invalid_argument);
  EXPECT_THROW(TCP6ClientEndpoint(reactor, "127.0.0.1", 80), std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
