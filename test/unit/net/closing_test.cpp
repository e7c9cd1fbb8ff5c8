#include <sys/socket.h>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class Closing : public ServerTest {
 protected:
  /// Receives everything the server still sends.
  void receiveToTheEnd(RawPeer& peer) {
    runUntil([&] { return peer.ended(); });
  }
  Connection& connection() { return server->last(); }
};

TEST_F(Closing, LoseConnectionFlushesAndIsCleanForBoth) {
  server->script.made = [](Connection& c) {
    c.transport->write("goodbye");
    c.transport->loseConnection();
    EXPECT_EQ(c.lost, 0);  // never from inside the call
    EXPECT_TRUE(c.transport->disconnecting());
    EXPECT_TRUE(c.transport->connected());
  };
  RawPeer peer = connectRaw();
  receiveToTheEnd(peer);
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received, "goodbye");
  runUntil([&] { return connection().lost == 1; });
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
  EXPECT_FALSE(connection().transport->connected());
  EXPECT_TRUE(connection().transport->disconnecting());
}

TEST_F(Closing, LoseConnectionOfAnIdleConnection) {
  RawPeer peer = connectRaw();
  connection().transport->loseConnection();
  connection().transport->loseConnection();
  receiveToTheEnd(peer);
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(connection().lost, 1);
}

TEST_F(Closing, LaterWritesAreDropped) {
  server->script.made = [](Connection& c) {
    c.transport->write("abc");
    c.transport->loseConnection();
    c.transport->write("dropped");
    c.transport->write(Bytes("dropped"));
    c.transport->write(share("dropped"));
    c.transport->writeSequence({"dropped"});
  };
  RawPeer peer = connectRaw();
  receiveToTheEnd(peer);
  EXPECT_EQ(peer.received, "abc");
}

TEST_F(Closing, FlushesWhateverItsSize) {
  const Bytes reply = pattern(8 * kMegabyte);
  server->script.made = [&](Connection& c) {
    c.transport->write(reply);
    c.transport->loseConnection();
  };
  RawPeer peer = connectRaw(4096);
  receiveToTheEnd(peer);
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received, reply);
}

TEST_F(Closing, GivesTheReasonItWasGiven) {
  RawPeer peer = connectRaw();
  connection().transport->write("flushed all the same");
  connection().transport->loseConnection(Failure(std::runtime_error("enough")));
  receiveToTheEnd(peer);
  EXPECT_EQ(peer.received, "flushed all the same");
  EXPECT_EQ(connection().reason->getErrorMessage(), "enough");
}

TEST_F(Closing, TheFirstReasonStays) {
  RawPeer peer = connectRaw();
  connection().transport->loseConnection(Failure(std::runtime_error("first")));
  connection().transport->loseConnection(Failure(std::runtime_error("second")));
  receiveToTheEnd(peer);
  EXPECT_EQ(connection().reason->getErrorMessage(), "first");
}

TEST_F(Closing, DeliversNothingAfterwards) {
  server->script.data = [](Connection& c, BytesView) { c.transport->loseConnection(); };
  RawPeer peer = connectRaw();
  peer.send("first");
  runUntil([&] { return connection().lost == 1; });
  peer.send("second");
  receiveToTheEnd(peer);
  runWhatIsReady();
  EXPECT_EQ(connection().received, "first");
}

TEST_F(Closing, UnreadInputDoesNotDestroyTheReply) {
  const Bytes reply = pattern(2 * kMegabyte);
  server->script.data = [&](Connection& c, BytesView) {
    c.transport->write(reply);
    c.transport->loseConnection();
  };
  RawPeer peer = connectRaw();
  peer.send("request");
  peer.send(Bytes(100'000, 'u'));  // stays unread
  receiveToTheEnd(peer);
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.error(), 0);
  EXPECT_EQ(peer.received, reply);
}

TEST_F(Closing, InputThatComesAfterwardsDoesNotDestroyTheReplyEither) {
  const Bytes reply = pattern(2 * kMegabyte);
  server->script.made = [&](Connection& c) {
    c.transport->write(reply);
    c.transport->loseConnection();
  };
  RawPeer peer = connectRaw();
  std::size_t sent = 0;
  runUntil([&] {
    if (peer.ended()) return true;
    if (sent < 500'000) {
      peer.send(Bytes(1000, 'u'));
      sent += 1000;
    }
    return false;
  });
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(peer.received, reply);
}

TEST_F(Closing, APeerThatSendsWithoutEndIsCutOff) {
  RawPeer peer = connectRaw();
  connection().transport->loseConnection();
  runUntil([&] { return peer.ended() && connection().lost == 1; });
  bool refused = false;
  runUntil([&] {
    try {
      peer.send(Bytes(100'000, 'u'));
    } catch (const std::system_error&) {
      refused = true;
    }
    return refused;
  });
}

TEST_F(Closing, ThatMakesNoProgressIsAborted) {
  RawPeer peer = connectRaw();  // never reads
  auto options = connection().transport->transportOptions();
  EXPECT_EQ(options.closeTimeout, 30s);
  options.closeTimeout = 50ms;
  connection().transport->setTransportOptions(options);
  connection().transport->write(Bytes(20 * kMegabyte, 'x'));
  connection().transport->loseConnection();
  runUntil([&] { return connection().lost == 1; });
  EXPECT_TRUE(connection().lostWith<CloseTimeout>());
  EXPECT_TRUE(connection().lostWith<ConnectionAborted>());
  EXPECT_EQ(connection().reason->getErrorMessage(),
            "Connection was aborted: closing it made no progress for 0.05 s.");
  peer.receiveUntilEnd();
  EXPECT_EQ(peer.error(), ECONNRESET);
}

TEST_F(Closing, ThatWaitsForAProducerInVainIsAborted) {
  struct : PushProducer {
    void pauseProducing() override {}
    void resumeProducing() override {}
    void stopProducing() override { ++stops; }
    int stops = 0;
  } producer;
  RawPeer peer = connectRaw();
  connection().transport->setTransportOptions({.closeTimeout = 50ms});
  connection().transport->registerProducer(producer);
  connection().transport->loseConnection();
  runUntil([&] { return connection().lost == 1; });
  EXPECT_TRUE(connection().lostWith<CloseTimeout>());
  EXPECT_EQ(producer.stops, 1);
}

TEST_F(Closing, ThatMakesProgressMayTakeLongerThanTheTimeout) {
  RawPeer peer = connectRaw();
  connection().transport->setTransportOptions({.closeTimeout = 500ms});
  connection().transport->write(Bytes(40 * kMegabyte, 'x'));
  connection().transport->loseConnection();
  bool slow = true;
  reactor.callLater(800ms, [&] { slow = false; });
  std::size_t received = 0;
  std::function<void()> readALittle = [&] {
    std::size_t once = 0;
    while (std::size_t size = once < 2 * kMegabyte ? peer.receive() : 0) once += size;
    received += once;
    peer.received.clear();
    if (slow) reactor.callLater(50ms, readALittle);
  };
  readALittle();
  runUntil([&] { return !slow; });
  EXPECT_EQ(connection().lost, 0);
  runUntil([&] {
    received += peer.receive();
    peer.received.clear();
    return peer.eof() || peer.error() != 0;
  });
  EXPECT_TRUE(peer.eof());
  EXPECT_EQ(received, 40 * kMegabyte);
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(Closing, AbortConnectionDropsEverythingAndResets) {
  server->script.data = [](Connection& c, BytesView) {
    c.transport->write("dropped");
    c.transport->abortConnection();
    EXPECT_EQ(c.lost, 0);  // never from inside the call
    EXPECT_EQ(c.transport->bufferedBytes(), 0u);
    c.transport->write("dropped too");
    c.transport->loseConnection();
    c.transport->abortConnection();
  };
  RawPeer peer = connectRaw();
  peer.send("request");
  receiveToTheEnd(peer);
  EXPECT_EQ(peer.error(), ECONNRESET);
  EXPECT_EQ(peer.received, "");
  EXPECT_EQ(connection().lost, 1);
  EXPECT_TRUE(connection().lostWith<ConnectionAborted>());
  EXPECT_FALSE(connection().lostWith<WriteBufferFull>());
}

TEST_F(Closing, AbortConnectionGivesTheReasonItWasGiven) {
  RawPeer peer = connectRaw();
  connection().transport->abortConnection(Failure(std::runtime_error("go away")));
  receiveToTheEnd(peer);
  EXPECT_EQ(peer.error(), ECONNRESET);
  EXPECT_EQ(connection().reason->getErrorMessage(), "go away");
}

TEST_F(Closing, AbortConnectionEndsACloseThatWaits) {
  RawPeer peer = connectRaw();
  connection().transport->write(Bytes(20 * kMegabyte, 'x'));
  connection().transport->loseConnection();
  runWhatIsReady();
  EXPECT_EQ(connection().lost, 0);
  connection().transport->abortConnection();
  runUntil([&] { return connection().lost == 1; });
  EXPECT_TRUE(connection().lostWith<ConnectionAborted>());
}

TEST_F(Closing, InConnectionMadeIsFine) {
  int round = 0;
  server->script.made = [&](Connection& c) {
    ++round % 2 ? c.transport->loseConnection() : c.transport->abortConnection();
  };
  for (int i = 0; i < 10; ++i) RawPeer peer = connectRaw();
  runUntil([&] { return server->lostConnections() == 10; });
  for (const auto& each : server->connections) EXPECT_EQ(each->lost, 1);
}

TEST_F(Closing, OneConnectionFromAnothersCallback) {
  RawPeer first = connectRaw();
  auto firstConnection = server->connections.back();
  RawPeer second = connectRaw();
  auto secondConnection = server->connections.back();
  server->script.data = [&](Connection&, BytesView) {
    firstConnection->transport->loseConnection();
  };
  server->script.lost = [&](Connection& c, const Failure&) {
    if (&c == firstConnection.get()) secondConnection->transport->abortConnection();
  };
  second.send("close the other");
  runUntil([&] { return first.ended() && second.ended(); });
  EXPECT_TRUE(first.eof());
  EXPECT_EQ(second.error(), ECONNRESET);
}

TEST_F(Closing, ManyAtTheSameMoment) {
  std::vector<RawPeer> peers;
  for (int i = 0; i < 100; ++i) peers.push_back(connectRaw());
  for (const auto& each : server->connections) each->transport->loseConnection();
  runUntil([&] {
    return std::all_of(peers.begin(), peers.end(), [](RawPeer& peer) { return peer.ended(); });
  });
  EXPECT_EQ(server->lostConnections(), 100);
}

/// What a peer gets rid of that sends without end to a connection that has been closed.
std::size_t sentToAClosed(std::size_t lingerLimit) {
  CapturedLog captured;
  Reactor reactor({.log = &captured.log,
                   .lingerLimit = lingerLimit,
                   .stallLimit = Duration::zero(),
                   .installSignalHandlers = false});
  const auto server = ScriptedFactory::make();
  server->script.made = [](Connection& c) { c.transport->loseConnection(); };
  const auto port = reactor.listenTCP(0, server, {.interface = "127.0.0.1"});
  reactor.startRunning();
  RawPeer peer(port->getHost());
  const Bytes data(64 * 1024, 'x');
  std::size_t all = 0;
  runUntil(reactor, [&] {
    const ssize_t sent =
        ::send(peer.socket(), data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) all += static_cast<std::size_t>(sent);
    return sent < 0 && errno != EAGAIN;
  });
  return all;
}

TEST(LingerLimit, BoundsWhatIsReadAfterAClose) {
  const std::size_t little = sentToAClosed(1), much = sentToAClosed(30 * kMegabyte);
  EXPECT_GT(much, 30 * kMegabyte);
  EXPECT_LT(little, 15 * kMegabyte);  // what the systems take
}

}  // namespace
}  // namespace plait::testing
