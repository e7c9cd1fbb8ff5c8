#include <sys/socket.h>

#include <thread>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class Receiving : public ServerTest {
 protected:
  Connection& connection() { return server->last(); }
};

TEST_F(Receiving, DeliversEverythingInOrder) {
  RawPeer peer = connectRaw();
  Bytes sent;
  // Around the sizes at which reading takes another path.
  for (const std::size_t size :
       {1u, 255u, 256u, 257u, 511u, 512u, 65535u, 65536u, 65537u, 200'000u}) {
    const Bytes part = pattern(size);
    sent += part;
    peer.send(part);
    ASSERT_TRUE(runUntil([&] { return connection().received.size() == sent.size(); }));
  }
  EXPECT_EQ(connection().received, sent);
}

TEST_F(Receiving, DeliversMegabytes) {
  auto client = ScriptedFactory::make();
  const Bytes sent = pattern(20 * kMegabyte);
  client->script.made = [&](Connection& c) {
    c.transport->write(sent);
    c.transport->loseConnection();
  };
  connect(port, client);
  runUntil([&] { return server->connected() && connection().lost == 1; });
  EXPECT_EQ(connection().received, sent);
}

TEST_F(Receiving, WhatCameBeforeTheConnectionWasServed) {
  RawPeer peer(port->getHost());
  peer.send("early bird");
  peer.shutdownWrite();
  runUntil([&] { return server->connected() && connection().lost == 1; });
  EXPECT_EQ(connection().received, "early bird");
}

TEST_F(Receiving, ShortMessagesComeAsOneChunkEach) {
  RawPeer peer = connectRaw();
  for (int i = 1; i <= 100; ++i) {
    peer.send("message");
    ASSERT_TRUE(runUntil([&] { return connection().received.size() == 7u * i; }));
    EXPECT_EQ(connection().chunks, i);
  }
}

TEST_F(Receiving, IsNeverReentered) {
  int depth = 0;
  server->script.data = [&](Connection& c, BytesView) {
    EXPECT_EQ(++depth, 1);
    c.transport->write("reply");
    c.transport->pauseProducing();
    c.transport->resumeProducing();
    --depth;
  };
  RawPeer peer = connectRaw();
  peer.send(Bytes(300'000, 'x'));
  runUntil([&] { return connection().received.size() == 300'000u; });
}

TEST_F(Receiving, NothingIsDeliveredWhilePaused) {
  RawPeer peer = connectRaw();
  connection().transport->pauseProducing();
  connection().transport->pauseProducing();
  peer.send("one ");
  runWhatIsReady();
  peer.send("two ");
  RawPeer witness = connectRaw();  // by now the reactor has seen what there was
  auto& paused = *server->connections.front();
  runWhatIsReady();
  EXPECT_EQ(paused.received, "");
  paused.transport->resumeProducing();
  EXPECT_EQ(paused.received, "");  // never from inside the call
  runUntil([&] { return paused.received == "one two "; });
  peer.send("three");
  runUntil([&] { return paused.received == "one two three"; });
}

TEST_F(Receiving, PausedInDataReceivedTheRestWaits) {
  server->script.data = [](Connection& c, BytesView) { c.transport->pauseProducing(); };
  RawPeer peer = connectRaw();
  const Bytes sent = pattern(300'000);
  peer.send(sent);
  Bytes seen;
  int pauses = 0;
  runUntil([&] {
    if (connection().received.size() > seen.size()) {
      seen = connection().received;
      runWhatIsReady();
      EXPECT_EQ(connection().received.size(), seen.size());
      ++pauses;
      connection().transport->resumeProducing();
    }
    return seen.size() == sent.size();
  });
  EXPECT_EQ(seen, sent);
  EXPECT_GE(pauses, 2);  // one read does not hold it all
}

TEST_F(Receiving, UrgentDataDoesNotHoldUpWhatComesBehindIt) {
  RawPeer peer = connectRaw();
  peer.send("before");
  ASSERT_EQ(::send(peer.socket(), "!", 1, MSG_OOB), 1);
  peer.send("behind");
  runUntil([&] { return connection().received == "beforebehind"; });
}

TEST_F(Receiving, PausedInConnectionMadeNothingIsDelivered) {
  server->script.made = [](Connection& c) { c.transport->pauseProducing(); };
  RawPeer peer(port->getHost());
  peer.send("waiting");
  runUntil([&] { return server->connected(); });
  runWhatIsReady();
  EXPECT_EQ(connection().received, "");
  connection().transport->resumeProducing();
  runUntil([&] { return connection().received == "waiting"; });
}

TEST_F(Receiving, EndOfFileWaitsForTheResumeToo) {
  RawPeer peer = connectRaw();
  connection().transport->pauseProducing();
  peer.send("last words");
  runWhatIsReady();
  peer.close();
  runWhatIsReady();
  EXPECT_EQ(connection().lost, 0);
  connection().transport->resumeProducing();
  runUntil([&] { return connection().lost == 1; });
  EXPECT_EQ(connection().received, "last words");
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(Receiving, EndOfFileAloneWaitsForTheResume) {
  RawPeer peer = connectRaw();
  connection().transport->pauseProducing();
  peer.close();
  runWhatIsReady();
  EXPECT_EQ(connection().lost, 0);
  connection().transport->resumeProducing();
  runUntil([&] { return connection().lost == 1; });
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(Receiving, ResumedByATimerAndPausedByDataTakesTurns) {
  server->script.data = [&](Connection& c, BytesView) {
    c.transport->pauseProducing();
    reactor.callLater(0s, weakly(c.protocol.lock().get(),
                                 [](Protocol& self) { self.transport().resumeProducing(); }));
  };
  RawPeer peer = connectRaw();
  const Bytes sent = pattern(1'000'000);
  std::thread sender([&] {
    peer.send(sent);
    peer.shutdownWrite();
  });
  runUntil([&] { return connection().lost == 1; });
  sender.join();
  EXPECT_EQ(connection().received, sent);
}

TEST_F(Receiving, ResumeDoesNotReopenAClosingConnection) {
  server->script.data = [](Connection& c, BytesView) {
    c.transport->loseConnection();
    c.transport->resumeProducing();
    c.transport->pauseProducing();
    c.transport->resumeProducing();
  };
  RawPeer peer = connectRaw();
  peer.send("first");
  runUntil([&] { return connection().lost == 1; });
  EXPECT_EQ(connection().received, "first");
}

TEST_F(Receiving, LoseConnectionWhilePaused) {
  RawPeer peer = connectRaw();
  connection().transport->pauseProducing();
  peer.send("never seen");
  runWhatIsReady();
  connection().transport->write("bye");
  connection().transport->loseConnection();
  runUntil([&] { return peer.ended(); });
  EXPECT_EQ(peer.received, "bye");
  EXPECT_EQ(connection().received, "");
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(Receiving, StopProducingIsLoseConnection) {
  RawPeer peer = connectRaw();
  connection().transport->write("bye");
  connection().transport->stopProducing();
  runUntil([&] { return peer.ended(); });
  EXPECT_EQ(peer.received, "bye");
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(Receiving, ManyConnectionsShareABufferAndGetTheirOwnBytes) {
  constexpr std::size_t kPeers = 50;
  std::vector<RawPeer> peers;
  for (std::size_t i = 0; i < kPeers; ++i) peers.push_back(connectRaw());
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = 0; i < kPeers; ++i) peers[i].send(Bytes(3000, static_cast<char>('0' + i)));
  }
  runUntil([&] {
    return std::all_of(server->connections.begin(), server->connections.end(),
                       [](const auto& c) { return c->received.size() == 12'000; });
  });
  for (std::size_t i = 0; i < kPeers; ++i) {
    const auto local = peers[i].localAddress();
    const auto at = std::find_if(server->connections.begin(), server->connections.end(),
                                 [&](const auto& c) { return c->transport->getPeer() == local; });
    ASSERT_NE(at, server->connections.end());
    EXPECT_EQ((*at)->received, Bytes(12'000, static_cast<char>('0' + i)));
  }
}

}  // namespace
}  // namespace plait::testing
