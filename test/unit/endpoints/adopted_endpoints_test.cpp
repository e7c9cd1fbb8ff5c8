#include <plait/endpoints/adopted_stream_server_endpoint.hpp>
#include <plait/endpoints/systemd_server_endpoint.hpp>

#include "support/endpoint_test.hpp"

namespace plait::testing {
namespace {

using Domain = SystemdServerEndpoint::Domain;

struct AdoptedEndpoints : EndpointTest {
  AdoptedEndpoints() {
    reactor.openSockets = {{3, IPv4Address{{127, 0, 0, 1}, 80}},
                           {4, *IPv6Address::parse("::1", 81)},
                           {5, UNIXAddress{"/run/x"}}};
  }

  std::string failureOf(Domain domain, SystemdServerEndpoint::Choice choice) {
    SystemdServerEndpoint endpoint(reactor, domain, std::move(choice), sockets);
    return failureResultOf<CannotListenError>(endpoint.listen(server)).getErrorMessage();
  }

  const ListenFDs sockets{{3, 4, 5}, {"web", "web6", "local"}};
};

TEST_F(AdoptedEndpoints, AcceptFromADescriptor) {
  AdoptedStreamServerEndpoint endpoint(reactor, 3);
  const auto port = successResultOf(endpoint.listen(server));
  EXPECT_EQ(endpoint.describe(*port), "tcp:127.0.0.1:80");
  EXPECT_EQ(&reactor.adoptedServers.at(0)->factory(), server.get());
}

TEST_F(AdoptedEndpoints, AcceptOnce) {
  AdoptedStreamServerEndpoint endpoint(reactor, 3);
  successResultOf(endpoint.listen(server));
  failureResultOf<AlreadyListened>(endpoint.listen(server));
}

TEST_F(AdoptedEndpoints, FailForWhatIsNoSocket) {
  AdoptedStreamServerEndpoint endpoint(reactor, 9);
  EXPECT_EQ(failureResultOf<CannotListenError>(endpoint.listen(server)).getErrorMessage(),
            "cannot listen on descriptor 9: Bad file descriptor");
}

TEST_F(AdoptedEndpoints, TakeASystemdSocketByIndex) {
  SystemdServerEndpoint endpoint(reactor, Domain::INET6, std::size_t{1}, sockets);
  EXPECT_EQ(endpoint.describe(*successResultOf(endpoint.listen(server))), "tcp6:[::1]:81");
  failureResultOf<AlreadyListened>(endpoint.listen(server));
}

TEST_F(AdoptedEndpoints, TakeASystemdSocketByName) {
  SystemdServerEndpoint endpoint(reactor, Domain::UNIX, "local", sockets);
  EXPECT_EQ(endpoint.describe(*successResultOf(endpoint.listen(server))), "unix:/run/x");
}

TEST_F(AdoptedEndpoints, FailForASystemdSocketThatIsNotThere) {
  EXPECT_EQ(failureOf(Domain::INET, std::size_t{3}),
            "cannot listen on systemd socket 3: there are only 3, from 0");
  EXPECT_EQ(failureOf(Domain::INET, "db"),
            "cannot listen on systemd socket 'db': this process was given none of this name");
  SystemdServerEndpoint none(reactor, Domain::INET, std::size_t{0}, ListenFDs());
  EXPECT_EQ(failureResultOf<CannotListenError>(none.listen(server)).getErrorMessage(),
            "cannot listen on systemd socket 0: this process was given no sockets");
}

TEST_F(AdoptedEndpoints, FailForASystemdSocketOfAnotherDomain) {
  EXPECT_EQ(failureOf(Domain::INET, std::size_t{1}),
            "cannot listen on systemd socket 1: its domain is INET6, not INET");
  EXPECT_EQ(failureOf(Domain::INET6, "local"),
            "cannot listen on systemd socket 'local': its domain is UNIX, not INET6");
  EXPECT_EQ(failureOf(Domain::UNIX, "web"),
            "cannot listen on systemd socket 'web': its domain is INET, not UNIX");
  for (const auto& port : reactor.adoptedServers) EXPECT_FALSE(port->listening());
  EXPECT_EQ(server->starts, server->stops);
}

}  // namespace
}  // namespace plait::testing
