#include <plait/endpoints/connect_protocol.hpp>
#include <plait/endpoints/tcp_endpoints.hpp>

#include "support/endpoint_test.hpp"

namespace plait::testing {
namespace {

struct ConnectProtocol : EndpointTest {
  TCP4ClientEndpoint endpoint{reactor, "192.0.2.1", 80};
  std::shared_ptr<Greeting> greeting = std::make_shared<Greeting>();
};

TEST_F(ConnectProtocol, GivesTheProtocolWithItsType) {
  const Deferred<std::shared_ptr<Greeting>> connecting = connectProtocol(endpoint, greeting);
  assertNoResult(connecting);
  accept();
  EXPECT_EQ(successResultOf(connecting), greeting);
  EXPECT_EQ(greeting->made, 1);
}

TEST_F(ConnectProtocol, FailsAsTheEndpointDoes) {
  const auto connecting = connectProtocol(endpoint, greeting);
  refuse(*reactor.tcpClients.at(0));
  failureResultOf<ConnectionRefusedError>(connecting);
  EXPECT_EQ(greeting->made, 0);
}

TEST_F(ConnectProtocol, CanBeCancelled) {
  const auto connecting = connectProtocol(endpoint, greeting);
  connecting.cancel();
  failureResultOf<ConnectingCancelledError>(connecting);
  EXPECT_EQ(reactor.tcpClients.at(0)->state(), State::disconnected);
}

TEST_F(ConnectProtocol, LetsGoOfAProtocolThatIsNotConnected) {
  const std::weak_ptr<Greeting> weak = greeting;
  auto connecting = connectProtocol(endpoint, std::move(greeting));
  refuse(*reactor.tcpClients.at(0));
  failureResultOf(connecting);
  reactor.tcpClients.clear();
  EXPECT_TRUE(weak.expired());
}

}  // namespace
}  // namespace plait::testing
