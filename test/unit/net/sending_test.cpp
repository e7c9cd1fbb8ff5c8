#include "support/net_test.hpp"

namespace plait::testing {
namespace {

class Sending : public ServerTest {
 protected:
  /// Runs until `peer` has received `size` bytes.
  bool receive(RawPeer& peer, std::size_t size) {
    return runUntil([&] {
      peer.receiveAll();
      return peer.received.size() >= size;
    });
  }
};

TEST_F(Sending, WritesOfOneCallbackLeaveTogether) {
  server->script.made = [](Connection& c) {
    for (int i = 0; i < 100; ++i) c.transport->write("0123456789");
  };
  RawPeer peer = connectRaw();
  // One recv takes no more than what came in one segment could: wait for all, then look.
  std::size_t first = 0;
  runUntil([&] { return (first = peer.receive()) > 0; });
  EXPECT_EQ(first, 1000u);
}

TEST_F(Sending, NothingLeavesBeforeTheCallbackReturns) {
  std::optional<RawPeer> peer;
  std::size_t early = 0;
  server->script.data = [&](Connection& c, BytesView) {
    c.transport->write("reply");
    early = peer->receive();
    EXPECT_EQ(c.transport->bufferedBytes(), 5u);
  };
  peer = connectRaw();
  peer->send("request");
  receive(*peer, 5);
  EXPECT_EQ(early, 0u);
  EXPECT_EQ(peer->received, "reply");
  EXPECT_EQ(server->last().transport->bufferedBytes(), 0u);
}

TEST_F(Sending, WritesOfATimersCallLeaveTogetherWhenItReturns) {
  RawPeer peer = connectRaw();
  reactor.callLater(0s, [&] {
    server->last().transport->write("from ");
    server->last().transport->write("a timer");
  });
  std::size_t first = 0;
  runUntil([&] { return (first = peer.receive()) > 0; });
  EXPECT_EQ(first, 12u);
}

TEST_F(Sending, WritesFromOutsideOfCallbacksLeaveToo) {
  RawPeer peer = connectRaw();
  server->last().transport->write("from outside");
  receive(peer, 12);
  EXPECT_EQ(peer.received, "from outside");
}

TEST_F(Sending, AnAnswerToOneConnectionMayComeFromAnothersCallback) {
  RawPeer first = connectRaw();
  auto firstTransport = server->last().transport;
  server->script.data = [&](Connection&, BytesView data) { firstTransport->write(data); };
  RawPeer second = connectRaw();
  second.send("across");
  receive(first, 6);
  EXPECT_EQ(first.received, "across");
}

TEST_F(Sending, KeepsTheOrderAcrossAllKindsOfWrites) {
  Bytes expected;
  const Bytes large = pattern(20'000);
  server->script.made = [&](Connection& c) {
    Transport& t = *c.transport;
    for (int i = 0; i < 20; ++i) {
      const Bytes tag = fmt::format("[{}]", i);
      t.write(BytesView(tag));
      t.write(Bytes(large));
      t.write("text");
      t.write(share(large));
      t.write(share("small"));
      t.writeSequence({"a", "", "b", BytesView(large)});
      t.write(Bytes("owned"));
      expected += tag + large + "text" + large + "small" + "ab" + large + "owned";
    }
    EXPECT_EQ(t.bufferedBytes(), expected.size());
  };
  RawPeer peer = connectRaw();
  receive(peer, expected.size());
  EXPECT_EQ(peer.received, expected);
}

TEST_F(Sending, MorePiecesThanTheSystemTakesAtOnce) {
  Bytes expected;
  server->script.made = [&](Connection& c) {
    for (int i = 0; i < 3000; ++i) {  // large ones are pieces of their own
      Bytes piece(5000, static_cast<char>('a' + i % 26));
      expected += piece;
      c.transport->write(std::move(piece));
    }
  };
  RawPeer peer = connectRaw();
  receive(peer, expected.size());
  EXPECT_EQ(peer.received, expected);
}

TEST_F(Sending, EmptyWritesAreNothing) {
  server->script.made = [](Connection& c) {
    c.transport->write("");
    c.transport->write(Bytes());
    c.transport->write(SharedBytes());
    c.transport->write(share(""));
    c.transport->writeSequence({});
    c.transport->writeSequence({"", ""});
    EXPECT_EQ(c.transport->bufferedBytes(), 0u);
    c.transport->write("end");
  };
  RawPeer peer = connectRaw();
  receive(peer, 3);
  EXPECT_EQ(peer.received, "end");
}

TEST_F(Sending, AnyByteIsSentAsItIs) {
  Bytes all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  server->script.made = [&](Connection& c) { c.transport->write(all); };
  RawPeer peer = connectRaw();
  receive(peer, all.size());
  EXPECT_EQ(peer.received, all);
}

TEST_F(Sending, SharedBytesGoToManyWithoutACopy) {
  auto message = share(Bytes(100'000, 'm'));
  server->script.made = [&](Connection& c) { c.transport->write(message); };
  RawPeer first = connectRaw(4096);
  RawPeer second = connectRaw(4096);
  EXPECT_GE(message.use_count(), 1);
  receive(first, message->size());
  receive(second, message->size());
  EXPECT_EQ(first.received, *message);
  EXPECT_EQ(second.received, *message);
  runUntil([&] { return message.use_count() == 1; });  // and are let go of when sent
}

TEST_F(Sending, TellsHowMuchIsBuffered) {
  RawPeer peer = connectRaw();
  Transport& transport = *server->last().transport;
  EXPECT_EQ(transport.bufferedBytes(), 0u);
  transport.write(Bytes(20 * kMegabyte, 'x'));
  EXPECT_EQ(transport.bufferedBytes(), 20 * kMegabyte);
  runWhatIsReady();
  const std::size_t left = transport.bufferedBytes();
  EXPECT_GT(left, 0u);
  EXPECT_LT(left, 20 * kMegabyte);
  receive(peer, 20 * kMegabyte);
  runUntil([&] { return transport.bufferedBytes() == 0; });
}

TEST_F(Sending, AWriteAboveTheCapAbortsWithWriteBufferFull) {
  RawPeer peer = connectRaw();
  Connection& connection = server->last();
  auto options = connection.transport->transportOptions();
  EXPECT_EQ(options.writeBufferLimit, 64u * 1024 * 1024);
  options.writeBufferLimit = 1000;
  connection.transport->setTransportOptions(options);

  connection.transport->write(Bytes(20 * kMegabyte, 'x'));  // the buffer was not above it yet
  runWhatIsReady();
  EXPECT_TRUE(connection.transport->connected());
  connection.transport->write("one more");
  EXPECT_EQ(connection.lost, 0);  // never from inside the call
  EXPECT_TRUE(connection.transport->disconnecting());
  EXPECT_EQ(connection.transport->bufferedBytes(), 0u);
  runUntil([&] { return connection.lost == 1; });
  EXPECT_TRUE(connection.lostWith<WriteBufferFull>());
  EXPECT_TRUE(connection.lostWith<ConnectionAborted>());
  peer.receiveUntilEnd();
  EXPECT_EQ(peer.error(), ECONNRESET);
}

TEST_F(Sending, WithoutACapTheBufferGrows) {
  RawPeer peer = connectRaw();
  Connection& connection = server->last();
  auto options = connection.transport->transportOptions();
  options.writeBufferLimit = 0;
  connection.transport->setTransportOptions(options);
  const auto chunk = share(Bytes(kMegabyte, 'x'));
  for (int i = 0; i < 100; ++i) connection.transport->write(chunk);
  EXPECT_EQ(connection.transport->bufferedBytes(), 100 * kMegabyte);
  EXPECT_FALSE(connection.transport->disconnecting());
}

TEST_F(Sending, AfterTheLossItIsASilentNoOp) {
  RawPeer peer = connectRaw();
  Connection& connection = server->last();
  int told = 0;
  server->script.lost = [&](Connection& c, const Failure&) {
    c.transport->write("from connectionLost");
    c.transport->loseConnection();
    c.transport->abortConnection();
    ++told;
  };
  peer.close();
  runUntil([&] { return connection.lost == 1; });
  connection.transport->write("view");
  connection.transport->write(Bytes(100'000, 'x'));
  connection.transport->write(share("shared"));
  connection.transport->writeSequence({"a", "b"});
  connection.transport->loseConnection();
  connection.transport->loseWriteConnection();
  connection.transport->abortConnection();
  connection.transport->pauseProducing();
  connection.transport->resumeProducing();
  connection.transport->unregisterProducer();
  runWhatIsReady();
  EXPECT_EQ(connection.transport->bufferedBytes(), 0u);
  EXPECT_EQ(connection.lost, 1);
  EXPECT_EQ(told, 1);
}

TEST_F(Sending, AConnectionThatHasMuchToSendLeavesOthersTheirTurn) {
  auto big = connectRaw();
  auto bigTransport = server->last().transport;
  server->script.data = [](Connection& c, BytesView data) { c.transport->write(data); };
  auto small = connectRaw();
  const auto chunk = share(Bytes(kMegabyte, 'x'));
  for (int i = 0; i < 60; ++i) bigTransport->write(chunk);
  small.send("ping");
  runUntil([&] {
    big.receive();  // a reader that never lets the socket fill up
    small.receiveAll();
    return small.received == "ping";
  });
  EXPECT_GT(bigTransport->bufferedBytes(), 0u);
}

}  // namespace
}  // namespace plait::testing
