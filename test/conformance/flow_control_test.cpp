#include <plait/deferred/deferred.hpp>

#include "conformance_test.hpp"

namespace plait::testing {
namespace {

class FlowControl : public ConformanceTest {
 protected:
  void expectReceivedAll(const Supply& supply) {
    runUntilReceived(client, supply.data.size());
    EXPECT_TRUE(client.received == supply.data);
  }
};
INSTANTIATE_TEST_SUITE_P(AllTransports, FlowControl, ::testing::ValuesIn(allLinks()), kindName);

// --- Producers -------------------------------------------------------------------------

TEST_P(FlowControl, APushProducerRunsAtTheSpeedOfThePeer) {
  constexpr std::size_t kHigh = 100'000;
  connect({.highWaterMark = kHigh});
  Supply supply(8 * kMegabyte);
  std::size_t mostBuffered = 0;
  PushScript& producer = first.push;
  const auto produce = [&] {
    while (producer.paused == producer.resumed && !supply.finished()) {
      supply.writeNext(*server.transport);
      mostBuffered = std::max(mostBuffered, server.transport->bufferedBytes());
    }
  };
  producer.whenResumed = produce;
  client.pause();
  server.transport->registerProducer(producer);
  produce();
  link->settle();
  EXPECT_FALSE(supply.finished());
  client.resume();
  expectReceivedAll(supply);
  EXPECT_GT(producer.paused, 0);
  EXPECT_EQ(producer.resumed, producer.paused);
  EXPECT_EQ(producer.stopped, 0);
  EXPECT_LE(mostBuffered, 3 * kHigh);  // TLS has as much again below
}

TEST_P(FlowControl, APushProducerIsPausedAboveTheMarkOnly) {
  connect({.highWaterMark = 1000});
  server.transport->registerProducer(first.push);
  server.transport->write(Bytes(1000, 'x'));
  EXPECT_EQ(first.push.paused, 0);
  server.transport->write("y");
  EXPECT_EQ(first.push.paused, 1);
  server.transport->write("z");  // it need not obey at once
  EXPECT_EQ(first.push.paused, 1);
  runUntil([&] { return first.push.resumed == 1; });
  EXPECT_EQ(server.transport->bufferedBytes(), 0u);
  server.transport->unregisterProducer();
}

TEST_P(FlowControl, APullProducerIsAskedWheneverNothingIsBuffered) {
  connect();
  Supply supply(4 * kMegabyte);
  first.pull.whenResumed = [&] {
    // A layer has handed down what was written, and counts it until the medium has taken it.
    EXPECT_LE(server.transport->bufferedBytes(), kind().buffersBelow ? 200'000 : 0);
    supply.writeNext(*server.transport);
  };
  server.transport->registerProducer(first.pull);
  expectReceivedAll(supply);
  EXPECT_EQ(first.pull.resumed, static_cast<int>(supply.data.size() / Supply::kPiece));
  EXPECT_EQ(first.pull.stopped, 0);
}

TEST_P(FlowControl, APausedProducerIsStoppedByTheLoss) {
  connect({.highWaterMark = 1000});
  server.transport->registerProducer(first.push);
  clog();
  const int resumed = first.push.resumed;
  EXPECT_EQ(first.push.paused, resumed + 1);
  server.whenLost = [&] { EXPECT_EQ(first.push.stopped, 1); };
  server.transport->abortConnection();
  runUntilLost(server);
  EXPECT_EQ(first.push.resumed, resumed);
  EXPECT_EQ(first.push.stopped, 1);
}

TEST_P(FlowControl, AProducerIsStoppedWhenThePeerCloses) {
  connect();
  server.transport->registerProducer(first.push);
  client.transport->loseConnection();
  runUntilLost();
  EXPECT_EQ(first.push.stopped, 1);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
}

TEST_P(FlowControl, OneProducerAtATime) {
  connect();
  server.transport->registerProducer(first.push);
  EXPECT_THROW(server.transport->registerProducer(first.pull), std::logic_error);
  server.transport->unregisterProducer();
  server.transport->unregisterProducer();
  client.transport->loseConnection();
  runUntilLost();
  server.transport->registerProducer(first.pull);
  EXPECT_EQ(first.push.stopped, 0);
  EXPECT_EQ(first.pull.stopped, 1);  // the connection is lost
  EXPECT_EQ(first.pull.resumed, 0);
}

// --- An echo ---------------------------------------------------------------------------

TEST_P(FlowControl, AnEchoHoldsNoMoreThanItsPeerLeaves) {
  constexpr std::size_t kHigh = 64 * 1024, kLargestRead = 64 * 1024;
  const Bytes data = pattern(8 * kMegabyte);
  std::size_t mostBuffered = 0;
  server.whenMade = [&] { server.transport->registerProducer(*server.transport); };
  server.whenData = [&](BytesView bytes) {
    server.transport->write(bytes);
    mostBuffered = std::max(mostBuffered, server.transport->bufferedBytes());
  };
  connect();
  client.pause();
  client.transport->write(share(data));
  link->settle();
  client.resume();
  runUntilReceived(client, data.size());
  EXPECT_TRUE(client.received == data);
  EXPECT_LE(mostBuffered, 2 * (2 * kHigh + kLargestRead));  // TLS has as much again below
}

// --- The cap ---------------------------------------------------------------------------

TEST_P(FlowControl, AWriteThatFindsTooMuchBufferedAborts) {
  connect({.writeBufferLimit = 100'000});
  server.transport->write(Bytes(100'001, 'x'));
  EXPECT_FALSE(server.transport->disconnecting());  // it may be large
  server.transport->write("y");
  EXPECT_TRUE(server.transport->disconnecting());
  EXPECT_EQ(server.lost, 0);  // never from inside the call
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::WriteBufferFull");
}

TEST_P(FlowControl, AsMuchAsTheCapMayBeBuffered) {
  connect({.writeBufferLimit = 100'000});
  server.transport->write(Bytes(100'000, 'x'));
  server.transport->write("y");
  runUntilReceived(client, 100'001);
  expectAlive(first);
}

// --- drained() -------------------------------------------------------------------------

TEST_P(FlowControl, DrainedTellsWhenEverythingWasTaken) {
  connect();
  clog();
  bool drained = false;
  server.transport->drained().addCallback([&] { drained = true; });
  link->settle();
  EXPECT_FALSE(drained);
  client.resume();
  runUntil([&] { return drained; });
  EXPECT_EQ(server.transport->bufferedBytes(), 0u);
}

TEST_P(FlowControl, DrainedFailsWithTheReasonOfTheLoss) {
  connect();
  clog();
  std::string reason;
  server.transport->drained().addErrback([&](const Failure& why) { reason = why.typeName(); });
  server.transport->abortConnection();
  runUntil([&] { return !reason.empty(); });
  EXPECT_EQ(reason, "plait::ConnectionAborted");
}

}  // namespace
}  // namespace plait::testing
