#include <plait/echo/echo.hpp>
#include <plait/endpoints/connect_protocol.hpp>
#include <plait/endpoints/endpoint_parsers.hpp>
#include <plait/endpoints/haproxy_endpoints.hpp>
#include <plait/endpoints/hostname_endpoint.hpp>
#include <plait/testing/deferred_results.hpp>
#include <plait/testing/recording_protocol.hpp>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

/// Endpoints over real sockets. What they do in detail is tested without.
class Endpoints : public NetTest {
 protected:
  struct Talker : RecordingProtocol {
    void connectionMade() override { transport().write("hello"); }
  };

  /// Connects to what the string says and back, and expects an echo.
  void expectEcho(const std::shared_ptr<StreamClientEndpoint>& endpoint) {
    const auto talker = std::make_shared<Talker>();
    const auto connecting = connectProtocol(*endpoint, talker);
    ASSERT_TRUE(runUntil([&] { return connecting.called(); }));
    EXPECT_EQ(successResultOf(connecting), talker);
    EXPECT_TRUE(runUntil([&] { return talker->data == "hello"; }));
    talker->transport().loseConnection();
    EXPECT_TRUE(runUntil([&] { return talker->lost == 1; }));
  }
  std::shared_ptr<ListeningPort> listenOn(const std::string& text) {
    return successResultOf(serverFromString(reactor, text)->listen(Factory::forProtocol<Echo>()));
  }
  std::string portOf(const std::shared_ptr<ListeningPort>& listening) {
    return std::to_string(listening->getHost().port());
  }
};

TEST_F(Endpoints, JoinAClientAndAServer) {
  const auto listening = listenOn("tcp:0:interface=127.0.0.1");
  expectEcho(clientFromString(reactor, "tcp:127.0.0.1:" + portOf(listening)));
}

TEST_F(Endpoints, JoinThemOverIPv6) {
  const auto listening = listenOn("tcp6:0:interface=\\:\\:1");
  expectEcho(clientFromString(reactor, "tcp:\\:\\:1:" + portOf(listening)));
}

TEST_F(Endpoints, FindAServerByName) {
  const auto listening = listenOn("tcp:0:interface=127.0.0.1");
  expectEcho(clientFromString(reactor, "tcp:localhost:" + portOf(listening)));
}

TEST_F(Endpoints, ReadAndSendPROXYHeaders) {
  const auto listening = listenOn("haproxy:tcp:0:interface=127.0.0.1");
  for (auto version : {ProxyHeaderSender::Version::v1, ProxyHeaderSender::Version::v2}) {
    const ProxyHeader header{.source = IPv4Address{{192, 0, 2, 7}, 7},
                             .destination = IPv4Address{{192, 0, 2, 8}, 8}};
    expectEcho(std::make_shared<HAProxyClientEndpoint>(
        clientFromString(reactor, "tcp:127.0.0.1:" + portOf(listening)), header, version));
  }
}

TEST_F(Endpoints, FailWhenNobodyListens) {
  const auto listening = listenOn("tcp:0:interface=127.0.0.1");
  const std::string port = portOf(listening);
  successResultOf(listening->stopListening());
  for (const std::string& host : {std::string("127.0.0.1"), std::string("localhost")}) {
    const auto connecting = clientFromString(reactor, "tcp:" + host + ":" + port)
                                ->connect(Factory::forProtocol<Talker>());
    ASSERT_TRUE(runUntil([&] { return connecting.called(); }));
    failureResultOf<ConnectionRefusedError>(connecting);
  }
}

TEST_F(Endpoints, CanBeCancelled) {
  const auto listening = listenOn("tcp:0:interface=127.0.0.1");
  for (const std::string& host : {std::string("127.0.0.1"), std::string("localhost")}) {
    const auto connecting = clientFromString(reactor, "tcp:" + host + ":" + portOf(listening))
                                ->connect(Factory::forProtocol<Talker>());
    connecting.cancel();
    failureResultOf<ConnectingCancelledError>(connecting);
  }
  runWhatIsReady();
}

}  // namespace
}  // namespace plait::testing
