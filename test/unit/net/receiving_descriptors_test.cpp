#include <fcntl.h>
#include <sys/resource.h>

#include "support/descriptor_test.hpp"

namespace plait::testing {
namespace {

using ReceivingDescriptors = DescriptorTest;

TEST_F(ReceivingDescriptors, ArriveBeforeTheBytesTheyWereSentWith) {
  receive();
  RawPeer peer = connectRaw();
  sendDescriptors(peer.socket(), "look", {pipe.writing.get()});
  arrived(1, 4);
  EXPECT_THAT(arrivals.order, ElementsAre("fd", "look"));
  EXPECT_TRUE(isWritingEnd(arrivals.descriptors[0], pipe));
}

TEST_F(ReceivingDescriptors, ArriveCloseOnExec) {
  receive();
  RawPeer peer = connectRaw();
  sendDescriptors(peer.socket(), "x", {pipe.writing.get()});
  arrived(1, 1);
  EXPECT_EQ(fcntl(arrivals.descriptors[0].get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(ReceivingDescriptors, SeveralInAMessageArriveInOrder) {
  receive();
  RawPeer peer = connectRaw();
  std::vector<Pipe> pipes(100);
  std::vector<int> all;
  for (const Pipe& each : pipes) all.push_back(each.writing.get());
  sendDescriptors(peer.socket(), "x", all);
  arrived(100, 1);
  for (std::size_t i = 0; i < pipes.size(); ++i) {
    EXPECT_TRUE(isWritingEnd(arrivals.descriptors[i], pipes[i]));
  }
}

TEST_F(ReceivingDescriptors, InterleavedWithBytesStayInOrder) {
  receive();
  RawPeer peer = connectRaw();
  for (int i = 0; i < 20; ++i) {
    peer.send("--");
    sendDescriptors(peer.socket(), "x", {pipe.writing.get()});
  }
  arrived(20, 60);
  std::size_t bytes = 0;
  std::size_t descriptors = 0;
  for (const std::string& each : arrivals.order) {
    if (each == "fd") {
      // The system may hand over a descriptor with the bytes just before its own, not later.
      EXPECT_LE(bytes, 3 * descriptors++ + 2);
    } else {
      bytes += each.size();
    }
  }
}

TEST_F(ReceivingDescriptors, LargeDataBehindOneArrivesWhole) {
  receive();
  RawPeer peer = connectRaw();
  sendDescriptors(peer.socket(), "x", {pipe.writing.get()});
  const Bytes data = pattern(100'000);
  peer.send(data);
  arrived(1, 1 + data.size());
  EXPECT_TRUE(server->last().received == "x" + data);
}

TEST_F(ReceivingDescriptors, AreClosedWhenTheProtocolDoesNotReceiveThem) {
  RawPeer peer = connectRaw();
  sendDescriptors(peer.socket(), "x", {pipe.writing.get()});
  pipe.writing = Descriptor();
  runUntil([&] { return server->last().received == "x"; });
  EXPECT_TRUE(pipe.ended());
}

TEST_F(ReceivingDescriptors, WaitForAProtocolThatPausesInBetween) {
  receive();
  arrivals.onDescriptor = [](Connection& c) { c.transport->pauseProducing(); };
  RawPeer peer = connectRaw();
  std::vector<Pipe> pipes(3);
  sendDescriptors(peer.socket(), "abc",
                  {pipes[0].writing.get(), pipes[1].writing.get(), pipes[2].writing.get()});
  peer.send("def");
  for (std::size_t i = 1; i <= 3; ++i) {
    runUntil([&] { return arrivals.descriptors.size() == i; });
    runWhatIsReady();
    EXPECT_EQ(arrivals.descriptors.size(), i);
    EXPECT_EQ(server->last().received, "");
    server->last().transport->resumeProducing();
  }
  arrived(3, 6);
  EXPECT_EQ(server->last().received, "abcdef");
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(isWritingEnd(arrivals.descriptors[i], pipes[i]));
  }
}

TEST_F(ReceivingDescriptors, BehindOneThatMadeTheProtocolCloseAreClosed) {
  receive();
  arrivals.onDescriptor = [](Connection& c) { c.transport->loseConnection(); };
  RawPeer peer = connectRaw();
  Pipe second;
  sendDescriptors(peer.socket(), "x", {pipe.writing.get(), second.writing.get()});
  second.writing = Descriptor();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_EQ(arrivals.descriptors.size(), 1u);
  EXPECT_EQ(server->last().received, "");
  EXPECT_TRUE(second.ended());
}

TEST_F(ReceivingDescriptors, HeldForAPausedProtocolAreClosedWithTheConnection) {
  receive();
  arrivals.onDescriptor = [](Connection& c) { c.transport->pauseProducing(); };
  RawPeer peer = connectRaw();
  Pipe second;
  sendDescriptors(peer.socket(), "x", {pipe.writing.get(), second.writing.get()});
  second.writing = Descriptor();
  runUntil([&] { return arrivals.descriptors.size() == 1; });
  runWhatIsReady();
  EXPECT_FALSE(second.ended());
  server->last().transport->abortConnection();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(second.ended());
}

TEST_F(ReceivingDescriptors, AnExceptionFromTheReceiverLosesTheConnection) {
  receive();
  arrivals.onDescriptor = [](Connection&) { throw std::runtime_error("not that one"); };
  RawPeer peer = connectRaw();
  sendDescriptors(peer.socket(), "x", {pipe.writing.get()});
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<std::runtime_error>());
  EXPECT_EQ(server->last().received, "");
  EXPECT_TRUE(captured.hasFailure("not that one"));
}

TEST_F(ReceivingDescriptors, ThatTheProcessHasNoRoomForLoseTheConnection) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer needs descriptors of its own";
#endif
  receive();
  RawPeer peer = connectRaw();
  sendDescriptors(peer.socket(), "x", {pipe.writing.get(), pipe.writing.get()});
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const Descriptor next(dup(0));
  const rlimit none{static_cast<rlim_t>(next.get()), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  runUntil([&] { return server->last().lost == 1; });
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(server->last().lostWith<ConnectionLost>());
  EXPECT_THAT(server->last().reason->getErrorMessage(), HasSubstr("no room for descriptors"));
  EXPECT_EQ(server->last().received, "");
}

TEST_F(ReceivingDescriptors, ThatTheProcessHasNoRoomForDoNotDestroyTheLastReply) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer needs descriptors of its own";
#endif
  receive();
  const Bytes reply = pattern(5 * kMegabyte);
  RawPeer peer = connectRaw();
  server->last().transport->write(reply);  // which the peer does not read yet
  server->last().transport->loseConnection();
  runWhatIsReady();
  sendDescriptors(peer.socket(), "x", {pipe.writing.get(), pipe.writing.get()});
  pipe.writing = Descriptor();
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const Descriptor next(dup(0));
  const rlimit none{static_cast<rlim_t>(next.get()), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  runUntil([&] { return pipe.ended(); });  // they were thrown away
  setrlimit(RLIMIT_NOFILE, &before);
  runUntil([&] { return peer.ended(); });
  EXPECT_TRUE(peer.received == reply);
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());
  EXPECT_THAT(arrivals.order, ::testing::IsEmpty());
}

TEST_F(ReceivingDescriptors, GoToAProtocolThatHasTakenOver) {
  auto second = std::make_shared<Connection>();
  static Script nothing;  // outlives the connection
  server->script.data = [&](Connection& c, BytesView) {
    auto next = std::make_shared<ReceivingProtocol>(second, nothing, arrivals);
    c.transport->switchProtocol(next);
  };
  RawPeer peer = connectRaw();
  peer.send("hand over");
  runUntil([&] { return server->last().received == "hand over"; });
  runWhatIsReady();
  sendDescriptors(peer.socket(), "x", {pipe.writing.get()});
  runUntil([&] { return second->received == "x"; });
  EXPECT_THAT(arrivals.order, ElementsAre("fd", "x"));
}

TEST_F(ReceivingDescriptors, AReceiverSeesEndOfFileAndResets) {
  receive();
  RawPeer peer = connectRaw();
  peer.shutdownWrite();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionDone>());

  RawPeer rude(address);
  runUntil([&] { return server->connections.size() == 2 && server->connected(); });
  server->last().transport->write("unread");
  runUntil([&] { return server->last().transport->bufferedBytes() == 0; });
  rude.close();
  runUntil([&] { return server->last().lost == 1; });
  EXPECT_TRUE(server->last().lostWith<ConnectionLost>());
}

}  // namespace
}  // namespace plait::testing
