#include <cctype>
#include <plait/endpoints/haproxy_endpoints.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>
#include <plait/testing/string_transport.hpp>

#include "support/endpoint_test.hpp"
#include "support/proxy_bytes.hpp"

namespace plait::testing {
namespace {

/// A layer that makes all text lower case.
struct LowerCase {
  struct Layer : Protocol {
    explicit Layer(std::shared_ptr<Protocol> above) : above(std::move(above)) {}
    void connectionMade() override { above->makeConnection(std::make_shared<StringTransport>()); }
    void dataReceived(BytesView data) override {
      Bytes lower(data);
      for (char& c : lower) c = static_cast<char>(std::tolower(c));
      above->dataReceived(lower);
    }
    std::shared_ptr<Protocol> above;
  };
  struct LayerFactory : Factory {
    explicit LayerFactory(std::shared_ptr<Factory> above) : above(std::move(above)) {}
    std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
      return std::make_shared<Layer>(above->makeProtocol(address));
    }
    std::shared_ptr<Factory> above;
  };
  std::shared_ptr<Factory> operator()(std::shared_ptr<Factory> above) const {
    return std::make_shared<LayerFactory>(std::move(above));
  }
};

struct HAProxyEndpoints : EndpointTest {
  std::shared_ptr<TCP4ServerEndpoint> tcp =
      std::make_shared<TCP4ServerEndpoint>(reactor, 80, ListenOptions{.interface = "192.0.2.1"});
  std::shared_ptr<TCP4ClientEndpoint> toTCP =
      std::make_shared<TCP4ClientEndpoint>(reactor, "192.0.2.1", 80);

  /// Connects to what listens and sends `bytes`.
  void connectAndSend(const Bytes& bytes) {
    client->greeting = bytes;
    toTCP->connect(client);
    accept().flush();
  }
};

TEST_F(HAProxyEndpoints, ReadTheHeader) {
  HAProxyServerEndpoint endpoint(tcp);
  const auto port = successResultOf(endpoint.listen(server));
  EXPECT_EQ(endpoint.describe(*port), "haproxy:tcp:192.0.2.1:80");
  EXPECT_EQ(server->starts, 1);
  connectAndSend("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\nhello");
  EXPECT_EQ(server->protocols.at(0)->peer, "1.1.1.1:1");
  EXPECT_EQ(server->protocols[0]->data, "hello");
}

TEST_F(HAProxyEndpoints, ReadTheHeaderBeneathOtherLayers) {
  const auto layered = std::make_shared<WrapperServerEndpoint>(tcp, LowerCase());
  HAProxyServerEndpoint endpoint(layered);
  successResultOf(endpoint.listen(server));
  connectAndSend("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\nHELLO");
  EXPECT_EQ(server->addresses.at(0), "1.1.1.1:1");
  EXPECT_EQ(server->protocols.at(0)->data, "hello");
}

TEST_F(HAProxyEndpoints, ReadOneHeaderEach) {
  const auto inner = std::make_shared<HAProxyServerEndpoint>(tcp);
  HAProxyServerEndpoint endpoint(inner);
  EXPECT_EQ(endpoint.describe(*successResultOf(endpoint.listen(server))),
            "haproxy:haproxy:tcp:192.0.2.1:80");
  connectAndSend("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\nPROXY TCP4 3.3.3.3 4.4.4.4 3 4\r\nhello");
  EXPECT_EQ(server->protocols.at(0)->peer, "3.3.3.3:3");
  EXPECT_EQ(server->protocols[0]->data, "hello");
}

TEST_F(HAProxyEndpoints, FailAsTheEndpointBelowDoes) {
  reactor.refuseNextListen(std::make_error_code(std::errc::address_in_use));
  failureResultOf<CannotListenError>(HAProxyServerEndpoint(tcp).listen(server));
}

TEST_F(HAProxyEndpoints, SendAHeaderFirst) {
  HAProxyClientEndpoint endpoint(toTCP, {.source = *IPv4Address::parse("127.0.0.1", 8080),
                                         .destination = *IPv4Address::parse("127.0.0.2", 8888)});
  client->greeting = "hello";
  const auto connecting = endpoint.connect(client);
  accept().flush();
  EXPECT_EQ(server->protocols.at(0)->data, proxyV2("21 11", kProxyIPv4) + "hello");
  EXPECT_EQ(successResultOf(connecting), client->protocols.at(0));
}

TEST_F(HAProxyEndpoints, SendTheAddressesOfTheConnection) {
  HAProxyClientEndpoint endpoint(toTCP, {}, ProxyHeaderSender::Version::v1);
  endpoint.connect(client);
  accept().flush();
  EXPECT_EQ(server->protocols.at(0)->data, "PROXY TCP4 127.0.0.1 192.0.2.1 50000 80\r\n");
}

TEST_F(HAProxyEndpoints, SendNoAddressesOfTheirOwn) {
  HAProxyClientEndpoint endpoint(toTCP, {.local = true});
  endpoint.connect(client);
  accept().flush();
  EXPECT_EQ(server->protocols.at(0)->data, proxyV2("20 00", ""));
}

TEST_F(HAProxyEndpoints, AgreeWithEachOther) {
  successResultOf(HAProxyServerEndpoint(tcp).listen(server));
  client->greeting = "hello";
  HAProxyClientEndpoint(toTCP).connect(client);
  accept().flush();
  EXPECT_EQ(server->protocols.at(0)->data, "hello");
  EXPECT_EQ(server->protocols[0]->peer, "127.0.0.1:50000");
}

}  // namespace
}  // namespace plait::testing
