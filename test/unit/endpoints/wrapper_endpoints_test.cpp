#include <plait/endpoints/errors.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <plait/endpoints/wrapper_endpoints.hpp>

#include "support/endpoint_test.hpp"

namespace plait::testing {
namespace {

/// Hands over when it is told to: at once, or after the first byte.
struct Doorman : Protocol {
  Doorman(std::shared_ptr<Protocol> above, bool waits) : above(std::move(above)), waits(waits) {}
  void connectionMade() override {
    if (!waits) handOver(above);
  }
  void dataReceived(BytesView) override { handOver(above); }

  std::shared_ptr<Protocol> above;
  bool waits;
};

struct DoormanFactory : Factory {
  DoormanFactory(std::shared_ptr<Factory> above, bool waits)
      : above(std::move(above)), waits(waits) {}
  std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
    auto next = above->makeProtocol(address);
    return next ? std::make_shared<Doorman>(std::move(next), waits) : nullptr;
  }
  void startFactory() override { above->doStart(); }
  void stopFactory() override { above->doStop(); }

  std::shared_ptr<Factory> above;
  bool waits;
};

FactoryWrapper doorman(bool waits) {
  return [waits](std::shared_ptr<Factory> above) {
    return std::make_shared<DoormanFactory>(std::move(above), waits);
  };
}

FactoryWrapper broken() {
  return [](std::shared_ptr<Factory>) -> std::shared_ptr<Factory> {
    throw std::runtime_error("no layer");
  };
}

struct WrapperEndpoints : EndpointTest {
  std::shared_ptr<TCP4ServerEndpoint> tcp = std::make_shared<TCP4ServerEndpoint>(reactor, 80);
  std::shared_ptr<TCP4ClientEndpoint> toTCP =
      std::make_shared<TCP4ClientEndpoint>(reactor, "192.0.2.1", 80);
};

TEST_F(WrapperEndpoints, ListenWithALayer) {
  WrapperServerEndpoint endpoint(tcp, doorman(false));
  const auto port = successResultOf(endpoint.listen(server));
  EXPECT_EQ(endpoint.describe(*port), "tcp:0.0.0.0:80");
  EXPECT_EQ(server->starts, 1);
  const auto connecting = toTCP->connect(client);
  accept();
  EXPECT_EQ(server->protocols.at(0)->made, 1);
}

TEST_F(WrapperEndpoints, FailWithWhatALayerThrows) {
  failureResultOf<std::runtime_error>(WrapperServerEndpoint(tcp, broken()).listen(server));
  failureResultOf<std::runtime_error>(tcp->listenBeneath(broken(), server));
  failureResultOf<std::runtime_error>(WrapperClientEndpoint(toTCP, broken()).connect(client));
}

TEST_F(WrapperEndpoints, GiveTheProtocolAboveTheLayer) {
  const auto connecting = WrapperClientEndpoint(toTCP, doorman(false)).connect(client);
  EXPECT_EQ(client->starts, 1);
  accept();
  EXPECT_EQ(successResultOf(connecting), client->protocols.at(0));
  EXPECT_EQ(client->protocols[0]->made, 1);
  EXPECT_EQ(&client->protocols[0]->factory(), client.get());
}

TEST_F(WrapperEndpoints, WaitUntilTheLayerHandsOver) {
  server->greeting = "come in";
  const auto connecting = WrapperClientEndpoint(toTCP, doorman(true)).connect(client);
  MemoryConnection& connection = accept();
  assertNoResult(connecting);
  connection.flush();
  EXPECT_EQ(successResultOf(connecting), client->protocols.at(0));
}

TEST_F(WrapperEndpoints, FailWhenTheConnectionDoes) {
  const auto connecting = WrapperClientEndpoint(toTCP, doorman(false)).connect(client);
  refuse(*reactor.tcpClients.at(0));
  failureResultOf<ConnectionRefusedError>(connecting);
  EXPECT_EQ(client->stops, 1);
}

TEST_F(WrapperEndpoints, FailWithNoProtocol) {
  client->refuse = true;
  const auto connecting = WrapperClientEndpoint(toTCP, doorman(false)).connect(client);
  EXPECT_EQ(reactor.accept(*reactor.tcpClients.at(0), listen()), nullptr);
  failureResultOf<NoProtocol>(connecting);
}

TEST_F(WrapperEndpoints, FailWithWhatTheFactoryThrows) {
  client->whenBuilding = [] { throw std::domain_error("cannot build"); };
  const auto connecting = WrapperClientEndpoint(toTCP, doorman(false)).connect(client);
  EXPECT_EQ(reactor.accept(*reactor.tcpClients.at(0), listen()), nullptr);
  failureResultOf<std::domain_error>(connecting);
}

TEST_F(WrapperEndpoints, FailWithWhatConnectionMadeThrows) {
  client->protocolThrows = true;
  const auto connecting = WrapperClientEndpoint(toTCP, doorman(false)).connect(client);
  accept().flush();
  failureResultOf<std::runtime_error>(connecting);
  EXPECT_EQ(client->protocols.at(0)->lost, 1);
}

TEST_F(WrapperEndpoints, CancelTheAttemptBelow) {
  const auto connecting = WrapperClientEndpoint(toTCP, doorman(false)).connect(client);
  connecting.cancel();
  EXPECT_EQ(failureResultOf<ConnectingCancelledError>(connecting).getErrorMessage(),
            "connecting to 192.0.2.1:80 was cancelled");
  EXPECT_EQ(reactor.tcpClients.at(0)->state(), State::disconnected);
}

TEST_F(WrapperEndpoints, CancelAConnectionThatIsNotHandedOverYet) {
  const auto connecting = WrapperClientEndpoint(toTCP, doorman(true)).connect(client);
  MemoryConnection& connection = accept();
  connecting.cancel();
  EXPECT_EQ(failureResultOf<ConnectingCancelledError>(connecting).getErrorMessage(),
            "connecting to 192.0.2.1:80 was cancelled");
  connection.flush();
  EXPECT_TRUE(connection.over());
  EXPECT_EQ(client->protocols.at(0)->made, 0);
}

}  // namespace
}  // namespace plait::testing
