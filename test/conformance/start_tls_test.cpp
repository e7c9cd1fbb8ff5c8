#include <plait/tls/start_tls.hpp>
#include <plait/tls/tls_transport.hpp>

#include "conformance_test.hpp"
#include "tls_contexts.hpp"

namespace plait::testing {
namespace {

std::vector<LinkKind> plainLinks() {
  std::vector<LinkKind> kinds = allLinks();
  std::erase_if(kinds, [](const LinkKind& kind) { return kind.secure; });
  return kinds;
}

/// TLS begins under way, when the client asks for it and the server has agreed.
class StartTLS : public ConformanceTest {
 protected:
  static void startServerTLS(End& end) { start(end, testServerContext()); }
  static void startClientTLS(End& end) { start(end, testClientContext()); }

  /// The client asks with "TLS?", the server agrees with "TLS!".
  void negotiate() {
    server.whenData = [&](BytesView) {
      if (server.received != "TLS?") return;
      server.transport->write("TLS!");
      startServerTLS(server);
    };
    client.whenData = [&](BytesView) {
      if (client.received == "TLS!") startClientTLS(client);
    };
    client.transport->write("TLS?");
    runUntil([&] { return server.handshakeCompleted && client.handshakeCompleted; });
    EXPECT_EQ(server.received, "TLS?");
    EXPECT_EQ(client.received, "TLS!");
    server.whenData = client.whenData = nullptr;
    server.received.clear();
    client.received.clear();
  }

 private:
  static void start(End& end, std::shared_ptr<TLSContext> context) {
    const auto protocol = end.protocol.lock();
    startTLS(*protocol, std::move(context));
    end.transport = dynamic_cast<StreamTransport&>(protocol->transport()).shared_from_this();
    EXPECT_TRUE(TLSTransport::of(*end.transport));
  }
};
INSTANTIATE_TEST_SUITE_P(AllTransports, StartTLS, ::testing::ValuesIn(plainLinks()), kindName);

TEST_P(StartTLS, LosesNothingInEitherDirection) {
  connect();
  expectAlive(first);
  server.received.clear();
  client.received.clear();
  negotiate();
  const Bytes there = pattern(3 * kMegabyte), back = pattern(2 * kMegabyte);
  client.transport->write(share(there));
  server.transport->write(share(back));
  runUntilReceived(server, there.size());
  runUntilReceived(client, back.size());
  EXPECT_TRUE(server.received == there);
  EXPECT_TRUE(client.received == back);
}

TEST_P(StartTLS, WhatWasWrittenBeforeLeavesFirstAndPlain) {
  connect();
  const Bytes before = pattern(2 * kMegabyte);
  server.whenData = [&](BytesView) {
    server.whenData = nullptr;
    server.transport->write(share(before));
    startServerTLS(server);
    server.transport->write("behind the handshake");
  };
  client.whenData = [&](BytesView) {
    if (client.received.size() == before.size()) startClientTLS(client);
  };
  client.transport->write("go");
  runUntilReceived(client, before.size() + 20);
  EXPECT_EQ(client.received, before + "behind the handshake");
  EXPECT_TRUE(client.handshakeCompleted);
}

TEST_P(StartTLS, TheClientMayBeginBeforeTheServerAgrees) {
  connect();
  server.whenData = [&](BytesView data) {
    // Once, whether the client's handshake came in the same piece or comes later.
    server.whenData = nullptr;
    ASSERT_TRUE(data.starts_with("TLS?"));
    server.unread = data.substr(4);
    startServerTLS(server);
    server.received.clear();
  };
  client.transport->write("TLS?");
  startClientTLS(client);
  client.transport->write("secret");
  runUntilReceived(server, 6);
  EXPECT_EQ(server.received, "secret");
}

TEST_P(StartTLS, KeepsTheProducer) {
  connect();
  server.transport->registerProducer(first.push);
  negotiate();
  server.transport->loseConnection();
  link->settle();
  EXPECT_EQ(server.lost, 0);
  server.transport->write("the producer's");
  server.transport->unregisterProducer();
  runUntilLost();
  EXPECT_EQ(client.received, "the producer's");
  EXPECT_EQ(first.push.stopped, 0);
}

TEST_P(StartTLS, ClosesCleanly) {
  connect();
  negotiate();
  client.transport->write("bye");
  client.transport->loseConnection();
  runUntilLost();
  EXPECT_EQ(server.received, "bye");
  // Where a closed end does not linger, nobody takes the server's close_notify.
  EXPECT_EQ(server.lossReason(),
            kind().lingers ? "plait::ConnectionDone" : "plait::ConnectionLost");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(StartTLS, ClosesHalves) {
  server.halfCloseable = client.halfCloseable = true;
  connect();
  negotiate();
  client.transport->loseWriteConnection();
  runUntil([&] { return server.journal.back() == "read lost"; });
  server.transport->write("still here");
  runUntilReceived(client, 10);
  server.transport->loseConnection();
  runUntilLost();
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(StartTLS, AbortsAndIsDestroyed) {
  connect();
  negotiate();
  Pair& other = another();
  connect(other);
  server.transport->abortConnection();
  runUntilLost(server);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
  link->destroy();
  EXPECT_EQ(client.lost, 1);
  EXPECT_EQ(other.server.lossReason(), "plait::ConnectionAborted");
}

}  // namespace
}  // namespace plait::testing
