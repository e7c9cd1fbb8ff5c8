#include <fcntl.h>
#include <sys/socket.h>

#include <filesystem>
#include <plait/core/unix_transport.hpp>

#include "support/unix_test.hpp"

namespace plait::testing {
namespace {

/// Both ends of a pair of connected sockets.
struct SocketPair {
  explicit SocketPair(int type = SOCK_STREAM) {
    int ends[2];
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0)
      throw std::runtime_error("socketpair");
    ours = RawPeer(ends[0]);
    theirs = RawPeer(ends[1]);
  }
  RawPeer ours;
  RawPeer theirs;
};

class AdoptedSockets : public UNIXTest {
 protected:
  AdoptedSockets() {
    server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  }
  bool echoes(RawPeer& peer) {
    peer.received.clear();
    peer.send("hello");
    return runUntil([&] {
      peer.receiveAll();
      return peer.received == "hello";
    });
  }
  std::string portRefusal(int descriptor) {
    try {
      reactor.adoptStreamPort(descriptor, server);
    } catch (const CannotListenError& error) {
      EXPECT_TRUE(error.osError);
      EXPECT_EQ(server->numPorts(), 0);
      return error.what();
    }
    return "adopted";
  }
  /// The error of adopting a connection; `adoptionMessage` says what it says.
  std::error_code connectionRefusal(int descriptor) {
    try {
      reactor.adoptStreamConnection(descriptor, server);
    } catch (const std::system_error& error) {
      EXPECT_TRUE(server->connections.empty());
      adoptionMessage = error.what();
      return error.code();
    }
    return {};
  }

  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::string adoptionMessage;
};

int openDescriptors() {
  return static_cast<int>(std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}));
}

// --- Ports -----------------------------------------------------------------------------

TEST_F(AdoptedSockets, ATCPPortServes) {
  RawListener listener;
  auto port = reactor.adoptStreamPort(listener.socket(), server);
  EXPECT_EQ(port->getHost(), listener.address());
  RawPeer peer(listener.address());
  EXPECT_TRUE(echoes(peer));
  EXPECT_EQ(server->last().transport->getHost(), listener.address());
  EXPECT_EQ(server->last().transport->getPeer(), peer.localAddress());
  EXPECT_TRUE(server->last().transport->getTcpNoDelay());
}

TEST_F(AdoptedSockets, AnIPv6PortServes) {
  RawListener listener(*IPv6Address::parse("::1"));
  auto port = reactor.adoptStreamPort(listener.socket(), server);
  EXPECT_EQ(port->getHost().host(), "::1");
  RawPeer peer(port->getHost());
  EXPECT_TRUE(echoes(peer));
}

TEST_F(AdoptedSockets, APortOnAllAddressesTellsEachConnectionsOwn) {
  RawListener listener(*IPv4Address::parse("0.0.0.0"));
  auto port = reactor.adoptStreamPort(listener.socket(), server);
  EXPECT_EQ(port->getHost().host(), "0.0.0.0");
  RawPeer peer(*IPv4Address::parse("127.0.0.1", port->getHost().port()));
  EXPECT_TRUE(echoes(peer));
  EXPECT_EQ(server->last().transport->getHost().host(), "127.0.0.1");
}

TEST_F(AdoptedSockets, AUNIXPortServesAndItsFileStays) {
  RawListener listener(address);
  auto port = reactor.adoptStreamPort(listener.socket(), server);
  EXPECT_EQ(port->getHost(), address);
  RawPeer peer(address);
  EXPECT_TRUE(echoes(peer));
  EXPECT_NE(UNIXTransport::of(*server->last().transport), nullptr);
  port->stopListening();
  EXPECT_TRUE(std::filesystem::is_socket(path));
}

TEST_F(AdoptedSockets, APortServesWhoWaitedAlready) {
  RawListener listener;
  RawPeer peer(listener.address());
  auto port = reactor.adoptStreamPort(listener.socket(), server);
  EXPECT_TRUE(echoes(peer));
}

TEST_F(AdoptedSockets, APortIsADuplicateTheGivenOneStaysTheCallers) {
  RawListener listener;
  auto port = reactor.adoptStreamPort(listener.socket(), server);
  port->stopListening();
  EXPECT_EQ(server->numPorts(), 0);
  RawPeer peer(listener.address());  // which the caller's accepts
  EXPECT_TRUE(listener.pending());
}

TEST_F(AdoptedSockets, APortOutlivesTheDescriptorThatWasGiven) {
  auto listener = std::make_unique<RawListener>();
  auto port = reactor.adoptStreamPort(listener->socket(), server);
  listener.reset();
  RawPeer peer(port->getHost());
  EXPECT_TRUE(echoes(peer));
}

TEST_F(AdoptedSockets, APortIsNotInheritedByProgramsThatAreStarted) {
  RawListener listener;
  fcntl(listener.socket(), F_SETFD, 0);
  auto port = reactor.adoptStreamPort(listener.socket(), server);
  int inherited = 0;
  for (int fd = 3; fd < 1024; ++fd) {
    int accepts = 0;
    socklen_t size = sizeof accepts;
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) != 0 || accepts == 0) continue;
    if (fcntl(fd, F_GETFD) == 0) ++inherited;
  }
  EXPECT_EQ(inherited, 1);  // the caller's own
}

TEST_F(AdoptedSockets, WhatIsNoListeningSocketIsRefusedAsAPort) {
  const int before = openDescriptors();
  EXPECT_EQ(portRefusal(1'000'000), "cannot listen on descriptor 1000000: it is not open");
  EXPECT_EQ(portRefusal(-1), "cannot listen on descriptor -1: it is not open");
  EXPECT_EQ(portRefusal(0), "cannot listen on descriptor 0: it is no socket");
  SocketPair datagrams(SOCK_DGRAM);
  EXPECT_EQ(portRefusal(datagrams.ours.socket()),
            fmt::format("cannot listen on descriptor {}: it is no stream socket",
                        datagrams.ours.socket()));
  SocketPair connected;
  EXPECT_EQ(
      portRefusal(connected.ours.socket()),
      fmt::format("cannot listen on descriptor {}: it does not listen", connected.ours.socket()));
  EXPECT_EQ(openDescriptors(), before + 4);  // the pairs'
}

// --- Connections -----------------------------------------------------------------------

TEST_F(AdoptedSockets, ATCPConnectionIsServed) {
  RawListener listener;
  RawPeer peer(listener.address());
  RawPeer accepted = listener.accept();
  auto transport = reactor.adoptStreamConnection(accepted.socket(), server);
  EXPECT_EQ(server->last().made, 1);
  EXPECT_EQ(transport->getPeer(), peer.localAddress());
  EXPECT_EQ(transport->getHost(), listener.address());
  EXPECT_TRUE(transport->getTcpNoDelay());
  EXPECT_TRUE(echoes(peer));
}

TEST_F(AdoptedSockets, AUNIXConnectionIsServed) {
  SocketPair pair;
  auto transport = reactor.adoptStreamConnection(pair.theirs.socket(), server);
  EXPECT_EQ(transport->getPeer(), UNIXAddress{});
  EXPECT_NE(UNIXTransport::of(*transport), nullptr);
  EXPECT_TRUE(echoes(pair.ours));
}

TEST_F(AdoptedSockets, AConnectionOutlivesTheDescriptorThatWasGiven) {
  SocketPair pair;
  auto transport = reactor.adoptStreamConnection(pair.theirs.socket(), server);
  pair.theirs.close();
  EXPECT_TRUE(echoes(pair.ours));
  transport->loseConnection();
  EXPECT_TRUE(runUntil([&] { return pair.ours.ended() && server->last().lost == 1; }));
}

TEST_F(AdoptedSockets, AConnectionThatHasEndedAlreadyIsLost) {
  SocketPair pair;
  pair.ours.close();
  auto transport = reactor.adoptStreamConnection(pair.theirs.socket(), server);
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
}

TEST_F(AdoptedSockets, TheFactoryMayRefuseAConnection) {
  const int before = openDescriptors();
  SocketPair pair;
  std::optional<Address> seen;
  server->build = [&](const Address& peer) {
    seen = peer;
    return nullptr;
  };
  EXPECT_EQ(reactor.adoptStreamConnection(pair.theirs.socket(), server), nullptr);
  EXPECT_EQ(seen, Address(UNIXAddress{}));
  EXPECT_EQ(openDescriptors(), before + 2);
}

TEST_F(AdoptedSockets, AThrowingBuildProtocolIsLogged) {
  SocketPair pair;
  server->build = [](const Address&) -> std::shared_ptr<Protocol> {
    throw std::runtime_error("no protocol today");
  };
  EXPECT_EQ(reactor.adoptStreamConnection(pair.theirs.socket(), server), nullptr);
  EXPECT_TRUE(captured.hasFailure("no protocol today"));
}

TEST_F(AdoptedSockets, WhatIsNoConnectedSocketIsRefusedAsAConnection) {
  EXPECT_EQ(connectionRefusal(1'000'000), std::errc::bad_file_descriptor);
  EXPECT_EQ(adoptionMessage,
            "cannot serve descriptor 1000000: it is not open: Bad file descriptor");
  EXPECT_EQ(connectionRefusal(0), std::errc::not_a_socket);
  SocketPair datagrams(SOCK_DGRAM);
  EXPECT_EQ(connectionRefusal(datagrams.ours.socket()), std::errc::wrong_protocol_type);
  RawListener listener;
  EXPECT_EQ(connectionRefusal(listener.socket()), std::errc::invalid_argument);
  RawPeer unconnected(socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_EQ(connectionRefusal(unconnected.socket()), std::errc::not_connected);
}

TEST_F(AdoptedSockets, AConnectionAdoptedWhileStoppingEndsAtOnce) {
  SocketPair pair;
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] {
    reactor.adoptStreamConnection(pair.theirs.socket(), server);
  });
  pair.ours.send("x");
  reactor.stop();
  runUntil([&] { return !reactor.running() && server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
}

TEST_F(AdoptedSockets, WithoutAFactoryThrows) {
  EXPECT_THROW(reactor.adoptStreamPort(0, nullptr), std::invalid_argument);
  EXPECT_THROW(reactor.adoptStreamConnection(0, nullptr), std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
