#include "conformance_test.hpp"

namespace plait::testing {
namespace {

class Closing : public ConformanceTest {};
INSTANTIATE_TEST_SUITE_P(AllTransports, Closing, ::testing::ValuesIn(allLinks()), kindName);

TEST_P(Closing, FlushesWhatIsBuffered) {
  connect();
  const Bytes data = pattern(8 * kMegabyte);
  server.transport->write(share(data));
  server.transport->loseConnection();
  runUntilLost();
  EXPECT_TRUE(client.received == data);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, DropsWhatIsWrittenLater) {
  connect();
  server.transport->write("in time");
  server.transport->loseConnection();
  server.transport->write(", too late");
  server.transport->write(Bytes(", too late"));
  server.transport->write(share(", too late"));
  server.transport->writeSequence({", too", " late"});
  runUntilLost();
  EXPECT_EQ(client.received, "in time");
}

TEST_P(Closing, StopsReadingAtOnce) {
  server.whenData = [&](BytesView) {
    server.transport->loseConnection();
    EXPECT_TRUE(server.transport->disconnecting());
    EXPECT_TRUE(server.transport->connected());
  };
  connect();
  client.transport->write("last words");
  runUntilReceived(server, 10);
  client.transport->write("nobody listens");
  runUntilLost();
  EXPECT_EQ(server.received, "last words");
}

TEST_P(Closing, AfterTheFirstCallTheOthersDoNothing) {
  connect();
  server.transport->loseConnection(Failure(std::runtime_error("the first reason")));
  server.transport->loseConnection();
  server.transport->loseConnection(Failure(std::runtime_error("the second")));
  server.transport->loseWriteConnection();
  runUntilLost();
  EXPECT_EQ(server.reason->getErrorMessage(), "the first reason");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, WaitsForTheProducerAndTakesItsWrites) {
  connect();
  server.transport->registerProducer(first.push);
  server.transport->write("and ");
  server.transport->loseConnection();
  link->settle();
  EXPECT_EQ(server.lost, 0);
  server.transport->write("so on");
  runUntilReceived(client, 9);
  server.transport->unregisterProducer();
  server.transport->write("too late");
  runUntilLost();
  EXPECT_EQ(client.received, "and so on");
  EXPECT_EQ(first.push.stopped, 0);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, TheLastReplyReachesAClientThatIsStillSending) {
  const Bytes request = pattern(kMegabyte), reply = pattern(2 * kMegabyte);
  server.whenData = [&](BytesView) {
    server.transport->write(share(reply));
    server.transport->loseConnection();
  };
  connect();
  client.transport->write(share(request));
  runUntilLost();
  EXPECT_TRUE(client.received == reply);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  // Where nobody takes the rest of the request, that is told, behind the reply.
  if (!kind().lingers) return;
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, WithoutProgressIsAborted) {
  connect({.closeTimeout = 50ms});
  clog();
  server.transport->loseConnection();
  runUntilLost(server);
  EXPECT_EQ(server.lossReason(), "plait::CloseTimeout");
  client.resume();
  runUntilLost(client);
}

TEST_P(Closing, WithProgressTakesItsTime) {
  if (!kind().virtualTime) GTEST_SKIP() << "a machine that is busy makes no progress either";
  connect({.closeTimeout = 100ms});
  const std::size_t written = clog();
  server.transport->loseConnection();
  for (int part = 1; part <= 10; ++part) {
    client.resume();
    runUntilReceived(client, written / 10 * static_cast<std::size_t>(part));
    client.pause();
    link->pass(90ms);
  }
  client.resume();
  runUntilLost();
  EXPECT_EQ(client.received.size(), written);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, AProducerThatNeverEndsIsNoProgress) {
  connect({.closeTimeout = 50ms});
  server.transport->registerProducer(first.push);
  server.transport->loseConnection();
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::CloseTimeout");
  EXPECT_EQ(first.push.stopped, 1);
}

TEST_P(Closing, NothingElseHasItsDeadline) {
  connect({.closeTimeout = 20ms});
  link->pass(50ms);
  expectAlive(first);
  clog();
  link->pass(50ms);
  EXPECT_EQ(server.lost, 0);
}

TEST_P(Closing, ByBothEndsAtOnceIsCleanForBoth) {
  connect();
  server.transport->loseConnection();
  client.transport->loseConnection();
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, ByBothEndsAtOnceWithMuchUnsentWaitsForNobody) {
  connect({.closeTimeout = 10min});
  server.pause();
  for (End* end : {&server, &client}) {
    end->transport->write(share(pattern(16 * kMegabyte)));
    end->transport->loseConnection();
  }
  runUntilLost();
  if (!kind().lingers) return;  // the first to close is the end of the other
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, AllThatWasWrittenArrivesThoughTheAnswersAreNotRead) {
  const Bytes data = pattern(16 * kMegabyte);
  server.whenData = [&](BytesView part) { server.transport->write(part); };
  connect({.closeTimeout = 10min});
  server.transport->registerProducer(static_cast<PushProducer&>(*server.transport));
  client.transport->write(share(data));
  client.transport->loseConnection();
  runUntilLost();
  EXPECT_TRUE(server.received == data);
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, APeerThatSendsWithoutEndAndReadsNothingIsNoProgress) {
  if (kind().virtualTime) GTEST_SKIP() << "what it sends takes no time, so none passes";
  connect({.closeTimeout = 50ms});
  clog();
  first.pull.whenResumed = [&] { client.transport->write(pattern(64 * 1024)); };
  client.transport->registerProducer(first.pull);
  server.transport->loseConnection();
  runUntilLost(server);
  EXPECT_EQ(server.lossReason(), "plait::CloseTimeout");
  EXPECT_EQ(server.received, "");
  client.transport->abortConnection();
  runUntilLost(client);
}

TEST_P(Closing, GoesOnThoughThePeerHasSaidEverything) {
#ifdef BOOST_ASIO_HAS_IO_URING
  GTEST_SKIP() << "hangs on Asio's io_uring backend, over plain sockets; why is not known";
#endif
  client.halfCloseable = true;
  connect();
  const std::size_t written = clog();
  server.transport->loseConnection();
  client.transport->write(share(pattern(kMegabyte)));
  client.transport->loseWriteConnection();
  link->settle();
  client.resume();
  runUntilLost();
  EXPECT_EQ(client.received.size(), written);
  EXPECT_EQ(server.received, "");
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, IsNotDisturbedByPausing) {
  connect();
  const std::size_t written = clog();
  server.transport->loseConnection();
  client.transport->write(share(pattern(kMegabyte)));
  for (int i = 0; i < 3; ++i) {
    server.transport->pauseProducing();
    link->settle();
    server.transport->resumeProducing();
    link->settle();
  }
  client.resume();
  runUntilLost();
  EXPECT_EQ(client.received.size(), written);
  EXPECT_EQ(server.received, "");
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, WaitsForTheProducerWhileWhatComesIsThrownAway) {
  connect();
  std::size_t written = clog();
  Supply supply(kMegabyte);
  first.pull.whenResumed = [&] { supply.writeNext(*server.transport); };
  server.transport->registerProducer(first.pull);
  server.transport->loseConnection();
  client.transport->write(share(pattern(4 * kMegabyte)));
  link->settle();
  client.resume();
  runUntilLost();
  EXPECT_TRUE(supply.finished());
  EXPECT_EQ(client.received.size(), written + kMegabyte);
  EXPECT_EQ(client.received.substr(written), supply.data);
  EXPECT_EQ(server.received, "");
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, AProtocolThatTakesOverNowIsOnlyToldOfTheLoss) {
  connect();
  const std::size_t written = clog();
  server.transport->loseConnection();
  link->settle();
  End& next = another().server;
  auto protocol = next.makeProtocol();
  server.transport->switchProtocol(protocol, "unread");
  server.handedOver = true;
  protocol->makeConnection(server.transport);
  protocol.reset();
  client.transport->write(share(pattern(4 * kMegabyte)));
  link->settle();
  client.resume();
  runUntilLost(next);
  runUntilLost(client);
  EXPECT_THAT(next.journal, ElementsAre("made", "lost"));
  EXPECT_EQ(client.received.size(), written);
}

TEST_P(Closing, APeerThatAbortsIsTold) {
  connect();
  clog();
  server.transport->loseConnection();
  client.transport->write(share(pattern(4 * kMegabyte)));
  link->settle();
  client.transport->abortConnection();
  runUntilLost();
  EXPECT_EQ(server.lossReason(), "plait::ConnectionLost");
}

TEST_P(Closing, CanBeAbortedWhileWhatComesIsThrownAway) {
  connect();
  clog();
  server.transport->loseConnection();
  client.transport->write(share(pattern(4 * kMegabyte)));
  link->settle();
  server.transport->abortConnection();
  runUntilLost(server);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionAborted");
  client.resume();
  runUntilLost(client);
}

TEST_P(Closing, BehindAHalfCloseThatIsUnderWay) {
  server.halfCloseable = true;
  connect();
  const std::size_t written = clog();
  server.transport->loseWriteConnection();
  link->settle();
  server.transport->loseConnection();
  client.transport->write(share(pattern(4 * kMegabyte)));
  link->settle();
  client.resume();
  runUntilLost();
  EXPECT_EQ(client.received.size(), written);
  EXPECT_EQ(server.lossReason(), "plait::ConnectionDone");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

TEST_P(Closing, OfAPausedConnectionWorks) {
  connect();
  client.transport->write("unread");
  server.pause();
  link->settle();
  server.transport->write("read");
  server.transport->loseConnection();
  server.transport->resumeProducing();
  runUntilLost();
  EXPECT_EQ(client.received, "read");
  EXPECT_EQ(server.received, "");
  EXPECT_EQ(client.lossReason(), "plait::ConnectionDone");
}

}  // namespace
}  // namespace plait::testing
