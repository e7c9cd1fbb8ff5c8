#include <plait/endpoints/unix_endpoints.hpp>

#include "support/endpoint_test.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

struct UNIXEndpoints : EndpointTest {};

TEST_F(UNIXEndpoints, ListenWithTheirOptions) {
  UNIXServerEndpoint endpoint(reactor, "/run/x", {.mode = 0600, .lockFile = false});
  const auto port = successResultOf(endpoint.listen(server));
  EXPECT_EQ(endpoint.describe(*port), "unix:/run/x");
  EXPECT_EQ(reactor.unixServers.at(0)->unixOptions().mode, 0600u);
  EXPECT_FALSE(reactor.unixServers[0]->unixOptions().lockFile);
}

TEST_F(UNIXEndpoints, FailInsteadOfThrowing) {
  reactor.refuseNextListen(std::make_error_code(std::errc::address_in_use));
  const Failure failure =
      failureResultOf<CannotListenError>(UNIXServerEndpoint(reactor, "/run/x").listen(server));
  EXPECT_EQ(failure.getErrorMessage(), "cannot listen on unix:/run/x: Address already in use");
}

TEST_F(UNIXEndpoints, ConnectAClientAndAServer) {
  successResultOf(UNIXServerEndpoint(reactor, "/run/x").listen(server));
  const auto connecting =
      UNIXClientEndpoint(reactor, "/run/x", {.timeout = 3s, .checkLock = true}).connect(client);
  MemoryConnector& connector = *reactor.unixClients.at(0);
  EXPECT_EQ(connector.unixOptions().timeout, Duration(3s));
  EXPECT_TRUE(connector.unixOptions().checkLock);
  client->greeting = "over a path";
  const auto connection = reactor.accept(connector, *reactor.unixServers.at(0));
  connection->flush();
  EXPECT_EQ(successResultOf(connecting), client->protocols.at(0));
  EXPECT_EQ(client->protocols[0]->peer, "unix:/run/x");
  EXPECT_EQ(server->protocols.at(0)->data, "over a path");
}

TEST_F(UNIXEndpoints, FailWhenNobodyListens) {
  const auto connecting = UNIXClientEndpoint(reactor, "/run/x").connect(client);
  refuse(*reactor.unixClients.at(0));
  failureResultOf<ConnectionRefusedError>(connecting);
}

TEST_F(UNIXEndpoints, CanBeCancelled) {
  const auto connecting = UNIXClientEndpoint(reactor, "/run/x").connect(client);
  connecting.cancel();
  EXPECT_EQ(failureResultOf<ConnectingCancelledError>(connecting).getErrorMessage(),
            "connecting to unix:/run/x was cancelled");
  EXPECT_EQ(reactor.unixClients.at(0)->state(), State::disconnected);
}

}  // namespace
}  // namespace plait::testing
