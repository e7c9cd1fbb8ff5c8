#include "support/descriptor_test.hpp"

namespace plait::testing {
namespace {

using UNIXTransports = DescriptorTest;

TEST_F(UNIXTransports, AreThoseOverUNIXSocketsOnly) {
  auto tcp = ScriptedFactory::make();
  auto tcpPort = listen(tcp);
  RawPeer peer(tcpPort->getHost());
  runUntil([&] { return tcp->connected(); });
  EXPECT_EQ(UNIXTransport::of(*tcp->last().transport), nullptr);
}

TEST_F(UNIXTransports, KnowThePeersCredentials) {
  RawPeer peer = connectRaw();
  auto* transport = UNIXTransport::of(*server->last().transport);
  for (int round = 0; round < 2; ++round) {
    const auto credentials = transport->peerCredentials();
    ASSERT_TRUE(credentials);
    EXPECT_EQ(credentials->processID, getpid());
    EXPECT_EQ(credentials->userID, geteuid());
    EXPECT_EQ(credentials->groupID, getegid());
    server->last().transport->abortConnection();  // they are known afterwards too
    runUntil([&] { return server->last().lost == 1; });
  }
}

TEST_F(UNIXTransports, IgnoreTheOptionsOfTCP) {
  RawPeer peer = connectRaw();
  Transport& transport = *server->last().transport;
  transport.setTcpNoDelay(false);
  transport.setTcpKeepAlive(true);
  EXPECT_TRUE(transport.getTcpNoDelay());
  EXPECT_FALSE(transport.getTcpKeepAlive());
}

}  // namespace
}  // namespace plait::testing
