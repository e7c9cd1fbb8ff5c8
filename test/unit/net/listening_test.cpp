#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <set>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class Listening : public NetTest {
 protected:
  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
};

TEST_F(Listening, OnPortZeroTakesAFreePortAndTellsWhich) {
  auto port = listen(server);
  EXPECT_EQ(port->getHost().host(), "127.0.0.1");
  EXPECT_NE(port->getHost().port(), 0);
  EXPECT_NE(listen(server)->getHost().port(), port->getHost().port());
}

TEST_F(Listening, LeavesNoSocketToProgramsThatAreStarted) {
  auto port = listen(server);
  RawPeer peer(port->getHost());
  runUntil([&] { return server->connected(); });
  int sockets = 0;
  for (int descriptor = 3; descriptor < 1024; ++descriptor) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        address.sin_family != AF_INET || ntohs(address.sin_port) != port->getHost().port()) {
      continue;
    }
    ++sockets;
    EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0) << descriptor;
  }
  EXPECT_EQ(sockets, 2) << "the listener and its connection";
}

TEST_F(Listening, MakesAProtocolForEachConnection) {
  auto port = listen(server);
  std::vector<RawPeer> peers;
  for (int i = 0; i < 20; ++i) peers.emplace_back(port->getHost());
  runUntil([&] { return server->connections.size() == 20 && server->connected(); });
  std::set<std::uint16_t> ports;
  for (const auto& connection : server->connections) {
    EXPECT_EQ(connection->transport->getHost(), port->getHost());
    ports.insert(connection->transport->getPeer().port());
  }
  std::set<std::uint16_t> expected;
  for (const auto& peer : peers) expected.insert(peer.localAddress().port());
  EXPECT_EQ(ports, expected);
}

TEST_F(Listening, GivesBuildProtocolThePeersAddress) {
  std::optional<Address> seen;
  server->build = [&](const Address& address) {
    seen = address;
    return nullptr;
  };
  auto port = listen(server);
  RawPeer peer(port->getHost());
  runUntil([&] { return seen.has_value(); });
  EXPECT_EQ(*seen, peer.localAddress());
}

TEST_F(Listening, OnIPv6) {
  auto port = reactor.listenTCP(0, server, {.interface = "::1"});
  EXPECT_EQ(port->getHost().host(), "::1");
  RawPeer peer(port->getHost());
  runUntil([&] { return server->connected(); });
  EXPECT_EQ(server->last().transport->getPeer(), peer.localAddress());
  EXPECT_EQ(toString(server->last().transport->getHost()),
            fmt::format("[::1]:{}", port->getHost().port()));
}

TEST_F(Listening, OnAllIPv4AddressesWhenNoInterfaceIsNamed) {
  auto port = reactor.listenTCP(0, server);
  EXPECT_EQ(port->getHost().host(), "0.0.0.0");
  RawPeer peer(*IPv4Address::parse("127.0.0.1", port->getHost().port()));
  runUntil([&] { return server->connected(); });
  // The connection knows the address the peer really came to.
  EXPECT_EQ(server->last().transport->getHost().host(), "127.0.0.1");
}

TEST_F(Listening, OnBothFamiliesUnlessAskedNotTo) {
  auto both = reactor.listenTCP(0, server, {.interface = "::"});
  RawPeer peer(*IPv4Address::parse("127.0.0.1", both->getHost().port()));
  runUntil([&] { return server->connected(); });

  auto only6 = reactor.listenTCP(0, server, {.interface = "::", .ipv6Only = true});
  const auto ipv4 = *IPv4Address::parse("127.0.0.1", only6->getHost().port());
  EXPECT_THROW(RawPeer{ipv4}, std::system_error);
}

TEST_F(Listening, OnAName) {
  auto port = reactor.listenTCP(0, server, {.interface = "localhost"});
  EXPECT_NE(port->getHost().port(), 0);
  RawPeer peer(port->getHost());
  runUntil([&] { return server->connected(); });
}

TEST_F(Listening, OnAPortInUseThrows) {
  auto port = listen(server);
  try {
    reactor.listenTCP(port->getHost().port(), server, {.interface = "127.0.0.1"});
    FAIL() << "nothing was thrown";
  } catch (const CannotListenError& error) {
    EXPECT_EQ(error.what(), fmt::format("cannot listen on 127.0.0.1:{}: Address already in use",
                                        port->getHost().port()));
    EXPECT_EQ(error.osError, std::errc::address_in_use);
  }
  EXPECT_EQ(server->numPorts(), 1);
}

TEST_F(Listening, OnAnAddressThatIsNotOursThrows) {
  try {
    reactor.listenTCP(0, server, {.interface = "192.0.2.1"});
    FAIL() << "nothing was thrown";
  } catch (const CannotListenError& error) {
    EXPECT_STREQ(error.what(), "cannot listen on 192.0.2.1:0: Cannot assign requested address");
  }
  EXPECT_EQ(server->numPorts(), 0);
}

TEST_F(Listening, OnANameThatDoesNotExistThrows) {
  try {
    reactor.listenTCP(80, server, {.interface = "no-such-host.invalid"});
    FAIL() << "nothing was thrown";
  } catch (const CannotListenError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot listen on no-such-host.invalid:80: "));
  }
}

TEST_F(Listening, SharesAPortWithReusePort) {
  auto first = reactor.listenTCP(0, server, {.interface = "127.0.0.1", .reusePort = true});
  auto second = reactor.listenTCP(first->getHost().port(), server,
                                  {.interface = "127.0.0.1", .reusePort = true});
  EXPECT_EQ(first->getHost(), second->getHost());
  RawPeer peer(first->getHost());
  runUntil([&] { return server->connected(); });
}

TEST_F(Listening, AgainOnAPortOnlyJustGivenUp) {
  auto port = listen(server);
  RawPeer peer(port->getHost());
  runUntil([&] { return server->connected(); });
  server->last().transport->loseConnection();
  runUntil([&] { return peer.ended(); });
  port->stopListening();
  EXPECT_NO_THROW(reactor.listenTCP(port->getHost().port(), server, {.interface = "127.0.0.1"}));
}

TEST_F(Listening, StartsAndStopsTheFactoryOnceForTwoPorts) {
  auto factory = ScriptedFactory::noting(events, "server");
  auto first = listen(factory);
  auto second = listen(factory);
  EXPECT_EQ(factory->numPorts(), 2);
  first->stopListening();
  EXPECT_THAT(events, ElementsAre("server.startFactory"));
  second->stopListening();
  EXPECT_THAT(events, ElementsAre("server.startFactory", "server.stopFactory"));
  EXPECT_EQ(factory->numPorts(), 0);
}

TEST_F(Listening, StopsOnceHoweverOftenItIsTold) {
  auto port = listen(server);
  auto other = listen(server);
  port->stopListening();
  port->stopListening();
  EXPECT_EQ(server->numPorts(), 1);
  EXPECT_THROW(RawPeer{port->getHost()}, std::system_error);
}

TEST_F(Listening, StoppedLeavesItsConnectionsAlive) {
  server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  auto port = listen(server);
  RawPeer peer(port->getHost());
  runUntil([&] { return server->connected(); });
  port->stopListening();
  peer.send("still there?");
  runUntil([&] {
    peer.receiveAll();
    return peer.received == "still there?";
  });
}

TEST_F(Listening, MayBeStoppedFromBuildProtocol) {
  std::shared_ptr<ListeningPort> port;
  auto connection = std::make_shared<Connection>();
  server->build = [&](const Address&) {
    port->stopListening();
    return std::make_shared<ScriptedProtocol>(connection, server->script);
  };
  port = listen(server);
  RawPeer first(port->getHost());
  RawPeer second(port->getHost());
  runUntil([&] { return connection->made == 1 && second.ended(); });
  EXPECT_TRUE(connection->transport->connected());
}

TEST_F(Listening, RefusesAConnectionForWhichThereIsNoProtocol) {
  server->build = [](const Address&) { return nullptr; };
  auto port = listen(server);
  RawPeer peer(port->getHost());
  runUntil([&] { return peer.ended(); });
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received, "");
  EXPECT_EQ(captured.errors(), 0u);
}

TEST_F(Listening, ClosesAConnectionWhoseBuildProtocolThrewAndServesTheNext) {
  int built = 0;
  auto connection = std::make_shared<Connection>();
  server->build = [&](const Address&) -> std::shared_ptr<Protocol> {
    if (++built == 1) throw std::runtime_error("no protocol today");
    return std::make_shared<ScriptedProtocol>(connection, server->script);
  };
  auto port = listen(server);
  RawPeer first(port->getHost());
  RawPeer second(port->getHost());
  runUntil([&] { return first.ended() && connection->made == 1; });
  ASSERT_EQ(captured.errors(), 1u);
  EXPECT_EQ(captured.count(LogLevel::error,
                           fmt::format("buildProtocol threw, the connection from {} is closed",
                                       first.localAddress())),
            1u);
}

TEST_F(Listening, IsKeptAliveByTheReactor) {
  const Address address = listen(server)->getHost();  // nobody holds the port
  RawPeer peer(address);
  runUntil([&] { return server->connected(); });
}

TEST_F(Listening, SurvivesPeersThatVanishBeforeTheyAreAccepted) {
  auto port = listen(server);
  for (int i = 0; i < 20; ++i) RawPeer(port->getHost()).reset();
  RawPeer last(port->getHost());
  last.send("here");
  runUntil([&] { return server->connected() && server->last().received == "here"; });
  EXPECT_TRUE(runUntil([&] {
    return server->lostConnections() == static_cast<int>(server->connections.size()) - 1;
  }));
  EXPECT_EQ(captured.errors(), 0u);
}

TEST_F(Listening, WhoseFactoryCannotStartDoesNotListen) {
  struct Broken : ScriptedFactory {
    void startFactory() override { throw std::runtime_error("no database"); }
  };
  auto broken = std::make_shared<Broken>();
  const auto port = unusedPort();
  EXPECT_THROW(reactor.listenTCP(port, broken, {.interface = "127.0.0.1"}), std::runtime_error);
  EXPECT_EQ(broken->numPorts(), 0);
  EXPECT_THROW(RawPeer{*IPv4Address::parse("127.0.0.1", port)}, std::system_error);
}

TEST_F(Listening, AThrowingStopFactoryIsLogged) {
  struct Broken : ScriptedFactory {
    void stopFactory() override { throw std::runtime_error("will not stop"); }
  };
  auto port = listen(std::make_shared<Broken>());
  EXPECT_NO_THROW(port->stopListening());
  EXPECT_EQ(captured.count(LogLevel::error, "stopFactory threw"), 1u);
}

}  // namespace
}  // namespace plait::testing
