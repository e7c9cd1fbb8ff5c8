#include <plait/core/stream_transport.hpp>

#include "conformance_test.hpp"

namespace plait::testing {
namespace {

/// Another protocol, `next`, takes the server's end over under way.
class SwitchProtocol : public ConformanceTest {
 protected:
  /// `unread`: what came already and is `next`'s.
  void handOver(Bytes unread = {}) {
    auto protocol = next.makeProtocol();
    server.transport->switchProtocol(protocol, std::move(unread));
    server.handedOver = true;
    protocol->makeConnection(server.transport);
  }

  End& next = another().server;
};
INSTANTIATE_TEST_SUITE_P(AllTransports, SwitchProtocol, ::testing::ValuesIn(allLinks()), kindName);

TEST_P(SwitchProtocol, LosesNoByteAndNoOrder) {
  const Bytes there = pattern(4 * kMegabyte), back = pattern(3 * kMegabyte);
  server.whenData = [&](BytesView) {
    server.transport->write(BytesView(back).substr(0, kMegabyte));
    handOver();
    next.transport->write(BytesView(back).substr(kMegabyte));
  };
  connect();
  client.transport->write(share(there));
  runUntil([&] { return server.received.size() + next.received.size() >= there.size(); });
  runUntilReceived(client, back.size());
  EXPECT_TRUE(server.received + next.received == there);
  EXPECT_TRUE(client.received == back);
  EXPECT_EQ(server.chunks, 1);
}

TEST_P(SwitchProtocol, WhatWasUnreadComesFirst) {
  server.whenData = [&](BytesView data) {
    handOver(Bytes(data.substr(5)));
    EXPECT_EQ(next.received, "");  // from the loop, not from inside
    client.transport->write(" and theirs");
  };
  connect();
  client.transport->write("mine,yours");
  runUntilReceived(next, 16);
  EXPECT_EQ(next.received, "yours and theirs");
}

TEST_P(SwitchProtocol, WhatWasUnreadWaitsForAPausedProtocol) {
  server.whenData = [&](BytesView) {
    handOver("unread");
    next.pause();
  };
  connect();
  client.transport->write("first");
  client.transport->loseWriteConnection();
  runUntil([&] { return server.handedOver; });
  link->settle();
  EXPECT_THAT(next.journal, ElementsAre("made"));
  next.resume();
  runUntilLost(next);
  EXPECT_EQ(next.received, "unread");
  EXPECT_EQ(next.lossReason(), "plait::ConnectionDone");
}

TEST_P(SwitchProtocol, InConnectionMade) {
  server.whenMade = [&] { handOver(); };
  connect();
  client.transport->write("for the next");
  runUntilReceived(next, 12);
  EXPECT_EQ(next.received, "for the next");
  EXPECT_THAT(server.journal, ElementsAre("made"));
}

TEST_P(SwitchProtocol, ToAHalfCloseableOne) {
  next.halfCloseable = true;
  server.whenData = [&](BytesView) { handOver(); };
  client.halfCloseable = true;
  connect();
  client.transport->write("switch");
  runUntil([&] { return server.handedOver; });
  client.transport->loseWriteConnection();
  runUntil([&] { return next.journal.back() == "read lost"; });
  next.transport->write("still here");
  runUntilReceived(client, 10);
}

TEST_P(SwitchProtocol, ExceptionsAreTheNextOnes) {
  server.whenData = [&](BytesView) {
    handOver();
    throw std::runtime_error("a bug");
  };
  connect();
  client.transport->write("x");
  runUntilLost(next);
  EXPECT_EQ(next.reason->getErrorMessage(), "a bug");
  EXPECT_THAT(takeErrors(), ElementsAre("Server: a bug"));
}

}  // namespace
}  // namespace plait::testing
