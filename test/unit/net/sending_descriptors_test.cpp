#include "support/descriptor_test.hpp"

namespace plait::testing {
namespace {

using SendingDescriptors = DescriptorTest;

TEST_F(SendingDescriptors, TravelWithTheFirstByteWrittenAfterwards) {
  RawPeer peer = connectRaw();
  server->last().transport->write("abc");
  send(pipe.writing.get());
  server->last().transport->write("def");
  runUntil([&] { return server->last().transport->bufferedBytes() == 0; });
  const auto before = receiveDescriptors(peer.socket(), 3);
  EXPECT_EQ(before.data, "abc");
  EXPECT_TRUE(before.descriptors.empty());
  const auto after = receiveDescriptors(peer.socket());
  EXPECT_EQ(after.data, "def");
  ASSERT_EQ(after.descriptors.size(), 1u);
  EXPECT_TRUE(isWritingEnd(after.descriptors[0], pipe));
}

TEST_F(SendingDescriptors, WrittenInARowHaveAByteEach) {
  RawPeer peer = connectRaw();
  std::vector<Pipe> pipes(3);
  for (const Pipe& each : pipes) send(each.writing.get());
  server->last().transport->write("abcd");
  runUntil([&] { return server->last().transport->bufferedBytes() == 0; });
  for (std::size_t i = 0; i < 3; ++i) {
    const auto next = receiveDescriptors(peer.socket());
    EXPECT_EQ(next.data, i < 2 ? Bytes(1, "abc"[i]) : "cd");
    ASSERT_EQ(next.descriptors.size(), 1u);
    EXPECT_TRUE(isWritingEnd(next.descriptors[0], pipes[i]));
  }
}

TEST_F(SendingDescriptors, AreDuplicates) {
  RawPeer peer = connectRaw();
  send(pipe.writing.get());
  pipe.writing = Descriptor();
  server->last().transport->write("x");
  EXPECT_TRUE(isWritingEnd(take(peer, 1).descriptors.at(0), pipe));
  EXPECT_TRUE(pipe.ended());  // nobody has one more
}

TEST_F(SendingDescriptors, WaitBehindAFullSocketInOrder) {
  RawPeer peer = connectRaw();
  const Bytes large = pattern(kMegabyte);
  Bytes expected;
  std::vector<Pipe> pipes(5);
  for (const Pipe& each : pipes) {
    server->last().transport->write(large);
    send(each.writing.get());
    server->last().transport->write("x");
    expected += large + "x";
  }
  const auto received = take(peer, expected.size());
  EXPECT_TRUE(received.data == expected);
  ASSERT_EQ(received.descriptors.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(isWritingEnd(received.descriptors[i], pipes[i]));
  }
}

TEST_F(SendingDescriptors, FromOnePlaitToAnother) {
  receive();
  auto client = ScriptedFactory::make();
  client->script.made = [&](Connection& c) {
    for (int i = 0; i < 100; ++i) {
      UNIXTransport::of(*c.transport)->sendFileDescriptor(pipe.writing.get());
      c.transport->write("x");
    }
  };
  connectTo(client);
  runUntil([&] { return server->connected(); });
  arrived(100, 100);
  for (const Descriptor& each : arrivals.descriptors) EXPECT_TRUE(isWritingEnd(each, pipe));
}

TEST_F(SendingDescriptors, WithoutAByteOfItsOwnLosesTheConnection) {
  RawPeer peer = connectRaw();
  send(pipe.writing.get());
  send(pipe.writing.get());
  server->last().transport->write("x");
  server->last().transport->loseConnection();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<FileDescriptorOverrun>());
  EXPECT_EQ(take(peer, 1).descriptors.size(), 1u);  // the one that had a byte
  pipe.writing = Descriptor();
  EXPECT_TRUE(pipe.ended());
}

TEST_F(SendingDescriptors, WithoutAByteOfItsOwnDoesNotSurviveAHalfClose) {
  server->halfCloseable = true;
  RawPeer peer = connectRaw();
  send(pipe.writing.get());
  server->last().transport->loseWriteConnection();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<FileDescriptorOverrun>());
}

TEST_F(SendingDescriptors, ThatWaitAreClosedWhenTheConnectionIsLost) {
  RawPeer peer = connectRaw();
  server->last().transport->write(Bytes(10 * kMegabyte, 'x'));
  send(pipe.writing.get());
  pipe.writing = Descriptor();
  EXPECT_FALSE(pipe.ended());
  server->last().transport->abortConnection();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(pipe.ended());
}

TEST_F(SendingDescriptors, ThatAreNoneThrowAndDoNoHarm) {
  RawPeer peer = connectRaw();
  EXPECT_THROW(send(-1), std::system_error);
  EXPECT_THROW(send(1'000'000), std::system_error);
  server->last().transport->write("x");
  EXPECT_EQ(take(peer, 1).data, "x");
}

TEST_F(SendingDescriptors, SentWhileClosingOrLaterAreDropped) {
  RawPeer peer = connectRaw();
  server->last().transport->loseConnection();
  send(pipe.writing.get());
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
  EXPECT_NO_THROW(send(pipe.writing.get()));
  EXPECT_NO_THROW(send(-1));
}

TEST_F(SendingDescriptors, MoreThan64OfThemPauseTheProducer) {
  struct Producer : PushProducer {
    void pauseProducing() override { ++paused; }
    void resumeProducing() override { ++resumed; }
    void stopProducing() override {}
    int paused = 0;
    int resumed = 0;
  } producer;
  RawPeer peer = connectRaw();
  Transport& transport = *server->last().transport;
  transport.registerProducer(producer);
  for (int i = 0; i < 64; ++i) send(pipe.writing.get());
  EXPECT_EQ(producer.paused, 0);
  send(pipe.writing.get());
  send(pipe.writing.get());
  EXPECT_EQ(producer.paused, 1);
  transport.write(Bytes(66, 'x'));
  runUntil([&] { return producer.resumed == 1; });
  EXPECT_EQ(take(peer, 66).descriptors.size(), 66u);
  EXPECT_EQ(producer.paused, 1);
  transport.unregisterProducer();
}

}  // namespace
}  // namespace plait::testing
