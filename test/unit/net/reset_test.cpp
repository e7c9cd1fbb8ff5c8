#include "support/net_test.hpp"

namespace plait::testing {
namespace {

/// The peer resets the connection.
class Reset : public ServerTest {
 protected:
  Connection& connection() { return server->last(); }
  void expectLost() {
    runUntil([&] { return connection().lost == 1; });
    ASSERT_TRUE(connection().lostWith<ConnectionLost>());
    EXPECT_FALSE(connection().lostWith<ConnectionAborted>());
    EXPECT_EQ(connection().reason->check<ConnectionLost>()->osError, std::errc::connection_reset);
    EXPECT_THAT(connection().reason->getErrorMessage(), HasSubstr("Connection reset by peer"));
  }
};

TEST_F(Reset, WhileReading) {
  RawPeer peer = connectRaw();
  runWhatIsReady();
  peer.reset();
  expectLost();
}

TEST_F(Reset, RightAfterAByte) {
  RawPeer peer = connectRaw();
  peer.send("x");
  runUntil([&] { return connection().received == "x"; });
  peer.reset();
  expectLost();
}

TEST_F(Reset, WhileMuchIsBeingWritten) {
  RawPeer peer = connectRaw();
  connection().transport->write(Bytes(20 * kMegabyte, 'x'));
  runWhatIsReady();
  EXPECT_GT(connection().transport->bufferedBytes(), 0u);
  peer.reset();
  expectLost();
  EXPECT_EQ(connection().transport->bufferedBytes(), 0u);
}

TEST_F(Reset, WhilePaused) {
  RawPeer peer = connectRaw();
  connection().transport->pauseProducing();
  runWhatIsReady();
  peer.reset();
  expectLost();
}

TEST_F(Reset, WhilePausedAndWriting) {
  RawPeer peer = connectRaw();
  connection().transport->pauseProducing();
  connection().transport->write(Bytes(20 * kMegabyte, 'x'));
  runWhatIsReady();
  peer.reset();
  expectLost();
}

TEST_F(Reset, WhilePausedWithDataThatWasNotDelivered) {
  RawPeer peer = connectRaw();
  connection().transport->pauseProducing();
  peer.send("never seen");
  runWhatIsReady();
  peer.reset();
  runWhatIsReady();
  connection().transport->resumeProducing();
  expectLost();
}

TEST_F(Reset, WhileClosing) {
  RawPeer peer = connectRaw();
  connection().transport->write(Bytes(20 * kMegabyte, 'x'));
  connection().transport->loseConnection();
  runWhatIsReady();
  peer.reset();
  expectLost();
}

TEST_F(Reset, InTheMiddleOfALargeRead) {
  // The system tells of a reset once; it must not be lost with the read that found it.
  for (int i = 0; i < 50; ++i) {
    RawPeer peer = connectRaw();
    const auto each = server->connections.back();
    peer.send(Bytes(100'000, 'x'));
    peer.reset();
    ASSERT_TRUE(runUntil([&] { return each->lost == 1; }));
    EXPECT_TRUE(each->lostWith<ConnectionLost>());
  }
}

TEST_F(Reset, ByAPeerThatClosesWithUnreadInput) {
  RawPeer peer = connectRaw();
  connection().transport->write("unread");
  runWhatIsReady();
  peer.close();  // which resets, for there was something to read
  expectLost();
}

TEST_F(Reset, WhileTheSocketLingers) {
  RawPeer peer = connectRaw();
  connection().transport->loseConnection();
  runUntil([&] { return connection().lost == 1; });
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
  peer.reset();
  runWhatIsReady();
  EXPECT_EQ(connection().lost, 1);
}

TEST_F(Reset, APeerThatSendsAByteAndVanishes) {
  server->script.data = [](Connection& c, BytesView) {
    for (int i = 0; i < 10; ++i) c.transport->write(Bytes(100'000, 'x'));
  };
  for (int i = 0; i < 50; ++i) {
    RawPeer peer(port->getHost());
    peer.send("x");
    peer.close();
  }
  runUntil([&] { return server->connections.size() == 50 && server->lostConnections() == 50; });
  for (const auto& each : server->connections) {
    EXPECT_EQ(each->received, "x");
    EXPECT_EQ(each->lost, 1);
  }
  EXPECT_EQ(captured.errors(), 0u);
}

TEST_F(Reset, OneDoesNotTouchTheOthers) {
  RawPeer good = connectRaw();
  auto goodConnection = server->connections.back();
  RawPeer bad = connectRaw();
  bad.reset();
  expectLost();
  goodConnection->transport->write("fine");
  runUntil([&] {
    good.receiveAll();
    return good.received == "fine";
  });
}

TEST_F(Reset, AfterHavingHalfClosed) {
#ifdef BOOST_ASIO_HAS_IO_URING
  GTEST_SKIP() << "on io_uring, a wait for errors ends with the peer's end of file, for good";
#endif
  bool halfClosed = false;
  server->halfCloseable = true;
  server->script.readLost = [&](Connection&) { halfClosed = true; };
  RawPeer peer = connectRaw();
  peer.shutdownWrite();
  runUntil([&] { return halfClosed; });
  runWhatIsReady();
  peer.reset();
  runUntil([&] { return connection().lost == 1; });
  EXPECT_TRUE(connection().lostWith<ConnectionLost>());
}

}  // namespace
}  // namespace plait::testing
