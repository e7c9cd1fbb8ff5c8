#include "conformance_test.hpp"

namespace plait::testing {
namespace {

class Loss : public ConformanceTest {
 protected:
  /// What may be called on a lost connection, by whoever still holds its transport.
  static void useAfterLoss(Pair& pair) {
    Transport& transport = *pair.server.transport;
    EXPECT_FALSE(transport.connected());
    EXPECT_TRUE(transport.disconnecting());
    transport.write("nobody hears");
    transport.write(Bytes(100'000, 'x'));
    transport.writeSequence({"no", "body"});
    EXPECT_EQ(transport.bufferedBytes(), 0u);
    transport.pauseProducing();
    transport.resumeProducing();
    transport.loseWriteConnection();
    transport.loseConnection();
    transport.abortConnection();
    transport.registerProducer(pair.push);
    EXPECT_EQ(pair.push.stopped, 1);
    transport.unregisterProducer();
    transport.setTcpNoDelay(true);
    transport.setTcpKeepAlive(true);
  }
};
INSTANTIATE_TEST_SUITE_P(AllTransports, Loss, ::testing::ValuesIn(allLinks()), kindName);

TEST_P(Loss, IsCleanWhenTheServerCloses) {
  connect();
  server.transport->loseConnection();
  EXPECT_EQ(server.lost, 0);  // never from inside the call
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Loss, IsCleanWhenTheClientCloses) {
  connect();
  client.transport->loseConnection();
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Loss, ComesBehindEverythingThatWasSent) {
  connect();
  client.transport->write("the last words");
  client.transport->loseConnection();
  runUntilLost();
  EXPECT_EQ(server.received, "the last words");
  EXPECT_THAT(server.journal, ElementsAre("made", "data", "lost"));
}

TEST_P(Loss, ComesOnceAndNothingBehindIt) {
  server.whenData = [&](BytesView data) { server.transport->write(data); };
  connect();
  client.transport->write(pattern(kMegabyte));
  runUntil([&] { return server.chunks > 0; });
  server.transport->abortConnection();
  client.transport->loseConnection();
  runUntilLost();
  link->settle();
  EXPECT_EQ(server.journal.back(), "lost");
  EXPECT_EQ(client.journal.back(), "lost");
  EXPECT_EQ(server.lost, 1);
  EXPECT_EQ(client.lost, 1);
}

TEST_P(Loss, LeavesATransportThatAnswers) {
  connect();
  const Address peer = server.transport->getPeer(), host = server.transport->getHost();
  server.whenLost = [&] { EXPECT_EQ(server.transport->getHost(), host); };
  client.transport->loseConnection();
  runUntilLost();
  useAfterLoss(first);
  EXPECT_EQ(server.transport->getPeer(), peer);
  EXPECT_EQ(server.transport->getHost(), host);
  link->settle();
}

TEST_P(Loss, LeavesATransportThatAnswersInsideConnectionLost) {
  server.whenLost = [&] { useAfterLoss(first); };
  connect();
  client.transport->loseConnection();
  runUntilLost();
}

TEST_P(Loss, LeavesATransportThatAnswersWhenTheMediumIsGone) {
  connect();
  const Address peer = server.transport->getPeer();
  link->destroy();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
  useAfterLoss(first);
  EXPECT_EQ(server.transport->getPeer(), peer);
}

TEST_P(Loss, OfOneIsNoLossOfAnother) {
  connect();
  Pair& other = another();
  connect(other);
  server.transport->abortConnection();
  runUntilLost();
  expectAlive(other);
}

}  // namespace
}  // namespace plait::testing
