#include "conformance_test.hpp"

namespace plait::testing {
namespace {

class HalfClose : public ConformanceTest {};
INSTANTIATE_TEST_SUITE_P(AllTransports, HalfClose, ::testing::ValuesIn(allLinks()), kindName);

TEST_P(HalfClose, APlainProtocolFlushesAndIsDone) {
  const Bytes reply = pattern(4 * kMegabyte);
  client.halfCloseable = true;
  server.whenData = [&](BytesView) { server.transport->write(share(reply)); };
  connect();
  client.transport->write("request");
  client.transport->loseWriteConnection();
  runUntilLost(server);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  runUntilReceived(client, reply.size());
  runUntil([&] { return client.journal.back() == "read lost" || client.lost > 0; });
  EXPECT_TRUE(client.received == reply);
  runUntilLost(client);  // both halves are closed
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(HalfClose, AHalfCloseableProtocolGoesOnWriting) {
  server.halfCloseable = client.halfCloseable = true;
  connect();
  client.transport->write("question");
  client.transport->loseWriteConnection();
  runUntil([&] { return server.journal.back() == "read lost"; });
  EXPECT_THAT(server.journal, ElementsAre("made", "data", "read lost"));
  EXPECT_EQ(server.received, "question");
  EXPECT_FALSE(server.transport->disconnecting());
  const Bytes answer = pattern(kMegabyte);
  server.transport->write(share(answer));
  runUntilReceived(client, answer.size());
  server.transport->loseConnection();
  runUntilLost();
  EXPECT_TRUE(client.received == answer);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(HalfClose, FlushesWhatIsBufferedFirst) {
  const Bytes data = pattern(4 * kMegabyte);
  server.halfCloseable = client.halfCloseable = true;
  connect();
  client.transport->write(share(data));
  client.transport->loseWriteConnection();
  client.transport->write("too late");
  EXPECT_THAT(client.journal, ElementsAre("made"));  // never from inside the call
  runUntil([&] { return server.journal.back() == "read lost"; });
  EXPECT_TRUE(server.received == data);
  EXPECT_THAT(client.journal, ElementsAre("made", "write lost"));
  client.transport->write("too late");
  server.transport->write("still here");
  runUntilReceived(client, 10);
  EXPECT_EQ(client.received, "still here");
}

TEST_P(HalfClose, WaitsForTheProducer) {
  server.halfCloseable = client.halfCloseable = true;
  connect();
  server.transport->registerProducer(first.push);
  server.transport->loseWriteConnection();
  server.transport->write("last");
  runUntilReceived(client, 4);
  EXPECT_THAT(server.journal, ElementsAre("made"));
  server.transport->unregisterProducer();
  runUntil([&] { return client.journal.back() == "read lost"; });
  EXPECT_THAT(server.journal, ElementsAre("made", "write lost"));
  EXPECT_EQ(first.push.stopped, 0);
}

TEST_P(HalfClose, OfBothHalvesIsTheEnd) {
  server.halfCloseable = client.halfCloseable = true;
  server.whenReadLost = [&] { server.transport->loseWriteConnection(); };
  connect();
  client.transport->loseWriteConnection();
  runUntilLost();
  EXPECT_THAT(client.journal, ElementsAre("made", "write lost", "read lost", "lost"));
  EXPECT_THAT(server.journal, ElementsAre("made", "read lost", "write lost", "lost"));
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(HalfClose, ByBothEndsAtOnce) {
  server.halfCloseable = client.halfCloseable = true;
  connect();
  server.transport->write("yours");
  server.transport->loseWriteConnection();
  client.transport->write("mine");
  client.transport->loseWriteConnection();
  runUntilLost();
  EXPECT_EQ(server.received, "mine");
  EXPECT_EQ(client.received, "yours");
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(HalfClose, OfAPlainProtocolIsNotTold) {
  server.halfCloseable = true;
  connect();
  client.transport->loseWriteConnection();
  runUntil([&] { return server.journal.back() == "read lost"; });
  EXPECT_THAT(client.journal, ElementsAre("made"));
  server.transport->write("still here");
  runUntilReceived(client, 10);
  server.transport->loseConnection();
  runUntilLost();
  EXPECT_THAT(client.journal, ElementsAre("made", "data", "lost"));
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(HalfClose, OfThePeerWaitsWhilePaused) {
  server.halfCloseable = client.halfCloseable = true;
  connect();
  server.pause();
  client.transport->loseWriteConnection();
  link->settle();
  EXPECT_THAT(server.journal, ElementsAre("made"));
  server.resume();
  runUntil([&] { return server.journal.back() == "read lost"; });
}

}  // namespace
}  // namespace plait::testing
