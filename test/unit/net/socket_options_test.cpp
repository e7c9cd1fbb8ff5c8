#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class SocketOptions : public NetTest {
 protected:
  void SetUp() override {
    auto port = listen(server);
    connect(port, client);
    runUntil([&] { return server->connected() && client->connected(); });
  }
  std::array<Transport*, 2> bothEnds() {
    return {server->last().transport.get(), client->last().transport.get()};
  }

  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::shared_ptr<ScriptedFactory> client = ScriptedFactory::make();
};

TEST_F(SocketOptions, NoDelayIsOnFromTheStart) {
  for (Transport* transport : bothEnds()) {
    EXPECT_TRUE(transport->getTcpNoDelay());
    transport->setTcpNoDelay(false);
    EXPECT_FALSE(transport->getTcpNoDelay());
    transport->setTcpNoDelay(true);
    EXPECT_TRUE(transport->getTcpNoDelay());
  }
}

TEST_F(SocketOptions, KeepAliveIsOffFromTheStart) {
  for (Transport* transport : bothEnds()) {
    EXPECT_FALSE(transport->getTcpKeepAlive());
    transport->setTcpKeepAlive(true);
    EXPECT_TRUE(transport->getTcpKeepAlive());
    transport->setTcpKeepAlive(false);
    EXPECT_FALSE(transport->getTcpKeepAlive());
  }
}

/// The socket of this process whose local address is `local`; -1 when there is none.
int findSocket(const Address& local, const Address& peer) {
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in here{};
    sockaddr_in there{};
    socklen_t size = sizeof here;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&here), &size) != 0) continue;
    size = sizeof there;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&there), &size) != 0) continue;
    if (ntohs(here.sin_port) == local.port() && ntohs(there.sin_port) == peer.port()) return fd;
  }
  return -1;
}

int intOption(int socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  getsockopt(socket, level, name, &value, &size);
  return value;
}

TEST_F(SocketOptions, KeepAliveSetsItsIntervals) {
  Transport& transport = *client->last().transport;
  transport.setTcpKeepAlive(true, {.idle = 33s, .interval = 7s, .probes = 4});
  const int socket = findSocket(transport.getHost(), transport.getPeer());
  ASSERT_GE(socket, 0);
  EXPECT_EQ(intOption(socket, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(intOption(socket, IPPROTO_TCP, TCP_KEEPIDLE), 33);
  EXPECT_EQ(intOption(socket, IPPROTO_TCP, TCP_KEEPINTVL), 7);
  EXPECT_EQ(intOption(socket, IPPROTO_TCP, TCP_KEEPCNT), 4);
}

TEST_F(SocketOptions, AreHarmlessAfterTheLoss) {
  client->last().transport->abortConnection();
  runUntil([&] { return server->last().lost == 1 && client->last().lost == 1; });
  for (Transport* transport : bothEnds()) {
    EXPECT_NO_THROW(transport->setTcpNoDelay(true));
    EXPECT_NO_THROW(transport->setTcpKeepAlive(true));
    EXPECT_NO_THROW(transport->getTcpNoDelay());
    EXPECT_NO_THROW(transport->getTcpKeepAlive());
  }
}

TEST_F(SocketOptions, AddressesAnswerInsideAndAfterConnectionLost) {
  std::vector<std::pair<Address, Address>> inside;
  const auto look = [&](Connection& c, const Failure&) {
    inside.emplace_back(c.transport->getHost(), c.transport->getPeer());
  };
  server->script.lost = look;
  client->script.lost = look;
  client->last().transport->loseConnection();
  runUntil([&] { return server->last().lost == 1 && client->last().lost == 1; });
  ASSERT_EQ(inside.size(), 2u);
  EXPECT_EQ(inside[0].first, inside[1].second);
  EXPECT_EQ(inside[0].second, inside[1].first);
  EXPECT_EQ(client->last().transport->getHost(), server->last().transport->getPeer());
  EXPECT_EQ(client->last().transport->getPeer(), server->last().transport->getHost());
  EXPECT_NE(client->last().transport->getHost().port(), 0);
}

TEST_F(SocketOptions, TheHostOfAConnectionToAllAddressesIsKnownAfterTheLossToo) {
  auto port = reactor.listenTCP(0, server);
  RawPeer peer(*IPv4Address::parse("127.0.0.1", port->getHost().port()));
  runUntil([&] { return server->connections.size() == 2 && server->connected(); });
  peer.reset();  // nobody has asked for the host while it was connected
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_EQ(toString(server->last().transport->getHost()),
            fmt::format("127.0.0.1:{}", port->getHost().port()));
}

TEST_F(SocketOptions, TransportOptionsComeFromListenAndConnect) {
  auto port = listen(server, {.highWaterMark = 11});
  connect(port, client, {.transport = {.highWaterMark = 22}});
  runUntil([&] { return server->connections.size() == 2 && client->connections.size() == 2; });
  EXPECT_EQ(server->last().transport->transportOptions().highWaterMark, 11u);
  EXPECT_EQ(client->last().transport->transportOptions().highWaterMark, 22u);
}

}  // namespace
}  // namespace plait::testing
