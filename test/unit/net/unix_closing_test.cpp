#include <sys/socket.h>

#include "support/unix_test.hpp"

namespace plait::testing {
namespace {

/// Where closing a UNIX socket differs from closing a TCP one.
class UNIXClosing : public UNIXTest {
 protected:
  RawPeer connectRaw() {
    const std::size_t before = server->connections.size();
    RawPeer peer(address);
    runUntil([&] { return server->connections.size() > before && server->last().made > 0; });
    return peer;
  }
  void receiveToTheEnd(RawPeer& peer) {
    runUntil([&] { return peer.ended(); });
  }

  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::shared_ptr<ListeningPort> port = listenAt(server);
};

TEST_F(UNIXClosing, FlushesWhateverItsSize) {
  const Bytes reply = pattern(5 * kMegabyte);
  server->script.made = [&](Connection& c) {
    c.transport->write(reply);
    c.transport->loseConnection();
  };
  RawPeer peer = connectRaw();
  receiveToTheEnd(peer);
  EXPECT_TRUE(peer.received == reply);
  EXPECT_EQ(peer.error(), 0);
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
}

TEST_F(UNIXClosing, APeerThatOnlyStopsReadingLosesTheConnection) {
  RawPeer peer = connectRaw();
  ::shutdown(peer.socket(), SHUT_RD);
  reactor.callLater(0s, [&] { server->last().transport->write("for nobody"); });
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionLost>());
}

TEST_F(UNIXClosing, UnreadInputDoesNotResetThePeer) {
  server->script.data = [&](Connection& c, BytesView) {
    c.transport->write("reply");
    c.transport->loseConnection();
  };
  RawPeer peer = connectRaw();
  peer.send("request");
  peer.send(Bytes(100'000, 'u'));  // stays unread
  receiveToTheEnd(peer);
  EXPECT_EQ(peer.received, "reply");
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.error(), 0);
}

TEST_F(UNIXClosing, InputThatComesAfterwardsDoesNotResetThePeerEither) {
  server->script.made = [&](Connection& c) { c.transport->loseConnection(); };
  RawPeer peer = connectRaw();
  runUntil([&] { return server->last().lost == 1; });
  for (int i = 0; i < 100; ++i) {
    peer.send("too late");
    runWhatIsReady();
  }
  receiveToTheEnd(peer);
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.error(), 0);
}

TEST_F(UNIXClosing, EndOfFileFlushesWhatIsPending) {
  const Bytes reply = pattern(5 * kMegabyte);
  server->script.data = [&](Connection& c, BytesView) { c.transport->write(reply); };
  RawPeer peer = connectRaw();
  peer.send("request");
  peer.shutdownWrite();
  receiveToTheEnd(peer);
  EXPECT_TRUE(peer.received == reply);
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
}

TEST_F(UNIXClosing, APeerThatVanishesWithUnreadDataIsAReset) {
  RawPeer peer = connectRaw();
  server->last().transport->write("unread");
  runUntil([&] { return server->last().transport->bufferedBytes() == 0; });
  peer.close();
  runUntil([&] { return server->last().lost == 1; });
  ASSERT_TRUE(server->last().lostWith<ConnectionLost>());
  EXPECT_EQ(server->last().reason->check<ConnectionLost>()->osError, std::errc::connection_reset);
}

TEST_F(UNIXClosing, APausedConnectionNoticesAReset) {
  RawPeer peer = connectRaw();
  server->last().transport->pauseProducing();
  server->last().transport->write("unread");
  runUntil([&] { return server->last().transport->bufferedBytes() == 0; });
  runWhatIsReady();
  peer.close();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionLost>());
}

TEST_F(UNIXClosing, APeerThatVanishesBeforeItHasTakenEverythingIsALoss) {
  RawPeer peer = connectRaw();
  server->last().transport->write(Bytes(10 * kMegabyte, 'x'));
  runWhatIsReady();
  peer.close();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionLost>());
}

TEST_F(UNIXClosing, AbortConnectionDropsWhatIsBuffered) {
  RawPeer peer = connectRaw();
  server->last().transport->write(Bytes(10 * kMegabyte, 'x'));
  server->last().transport->abortConnection();
  EXPECT_EQ(server->last().lost, 0);
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionAborted>());
  receiveToTheEnd(peer);
  EXPECT_LT(peer.received.size(), 10 * kMegabyte);
}

TEST_F(UNIXClosing, HalfCloseAnswersAfterThePeersEndOfFile) {
  server->halfCloseable = true;
  server->script.readLost = [](Connection& c) {
    c.transport->write("heard everything: " + c.received);
    c.transport->loseConnection();
  };
  RawPeer peer = connectRaw();
  peer.send("all of it");
  peer.shutdownWrite();
  receiveToTheEnd(peer);
  EXPECT_EQ(peer.received, "heard everything: all of it");
}

TEST_F(UNIXClosing, StoppingTheReactorDoesNotWaitForAPeerThatReadsNothing) {
  Reactor other({.drainTimeout = 1h, .installSignalHandlers = false});
  const std::string at = directory / "other";
  other.listenUNIX(at, server);
  server->script.made = [&](Connection& c) {
    c.transport->write("reply");
    other.stop();
  };
  RawPeer peer(UNIXAddress{at});
  peer.send("and silence");
  other.run();
  peer.receiveUntilEnd();
  EXPECT_EQ(peer.received, "reply");
  EXPECT_TRUE(peer.eof());
}

}  // namespace
}  // namespace plait::testing
