#include <csignal>

#include "support/net_test.hpp"
#include "support/raw_pipe.hpp"

namespace plait::testing {
namespace {

/// A connection over two pipes.
class DescriptorConnection : public NetTest {
 protected:
  void open(TransportOptions options = {}) {
    reactor.standardIO(protocols->makeProtocol({}),
                       {.input = there.out.get(), .output = back.in.get(), .transport = options});
    // Duplicates were taken; with these open, nobody would see the other end go.
    there.out.close();
    back.in.close();
  }
  Connection& connection() { return protocols->last(); }
  Transport& transport() { return *connection().transport; }
  bool runUntilLost() {
    return runUntil([&] { return connection().lost == 1; });
  }

  RawPipe there;
  RawPipe back;
  std::shared_ptr<ScriptedFactory> protocols = ScriptedFactory::make();
};

TEST_F(DescriptorConnection, IsMadeAtOnceAndReceivesFromTheLoop) {
  there.in.send("hello");
  open();
  EXPECT_EQ(connection().made, 1);
  EXPECT_EQ(connection().received, "");
  EXPECT_TRUE(transport().connected());
  EXPECT_EQ(transport().getPeer(), Address());
  EXPECT_EQ(transport().getHost(), Address());
  runUntil([&] { return connection().received == "hello"; });
}

TEST_F(DescriptorConnection, SendsWhatIsWrittenInConnectionMade) {
  protocols->script.made = [](Connection& c) { c.transport->write("welcome"); };
  open();
  EXPECT_EQ(back.out.received, "");
  back.out.receive();
  EXPECT_EQ(back.out.received, "welcome");
}

TEST_F(DescriptorConnection, EndOfFileClosesAPlainProtocolOnceItsOutputIsOut) {
  const Bytes reply = pattern(5 * kMegabyte);
  protocols->script.data = [&](Connection& c, BytesView) { c.transport->write(reply); };
  open();
  there.in.send("request");
  there.in.close();
  runUntil([&] { return back.out.ended(); });
  EXPECT_TRUE(back.out.received == reply);
  runUntilLost();
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(DescriptorConnection, CarriesMuchBothWays) {
  const Bytes data = pattern(5 * kMegabyte);
  open();
  transport().registerProducer(transport());
  protocols->script.data = [](Connection& c, BytesView bytes) { c.transport->write(bytes); };
  std::size_t sent = 0;
  runUntil([&] {
    sent += there.in.send(BytesView(data).substr(sent));
    back.out.receive();
    return back.out.received.size() == data.size();
  });
  EXPECT_TRUE(back.out.received == data);
}

TEST_F(DescriptorConnection, KeepsAHalfCloseableProtocolAfterTheEndOfFile) {
  protocols->halfCloseable = true;
  open();
  there.in.close();
  runUntil([&] { return connection().readsLost == 1; });
  transport().write("late");
  runUntil([&] {
    back.out.receive();
    return back.out.received == "late";
  });
  transport().loseConnection();
  runUntil([&] { return back.out.ended() && connection().lost == 1; });
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(DescriptorConnection, LoseWriteConnectionClosesTheOutputOnly) {
  protocols->halfCloseable = true;
  open();
  const Bytes all = pattern(kMegabyte);
  transport().write(all);
  transport().loseWriteConnection();
  runUntil([&] { return back.out.ended(); });
  EXPECT_TRUE(back.out.received == all);
  EXPECT_EQ(connection().writesLost, 1);
  there.in.send("I go on");
  runUntil([&] { return connection().received == "I go on"; });
  there.in.close();
  runUntilLost();
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(DescriptorConnection, IsLostWhenNobodyReadsThoughNothingIsWritten) {
  open();
  back.out.close();
  runUntilLost();
  ASSERT_TRUE(connection().lostWith<ConnectionLost>());
  EXPECT_EQ(connection().reason->check<ConnectionLost>()->osError, std::errc::broken_pipe);
}

TEST_F(DescriptorConnection, IsLostWhenNobodyReadsThoughItIsPaused) {
  open();
  transport().pauseProducing();
  back.out.close();
  runUntilLost();
}

TEST_F(DescriptorConnection, WritingToNobodyRaisesNoSignal) {
  struct sigaction before {};
  ASSERT_EQ(sigaction(SIGPIPE, nullptr, &before), 0);
  ASSERT_EQ(before.sa_handler, SIG_DFL) << "or this test shows nothing";
  for (int round = 0; round < 3; ++round) {
    there = {};
    back = {};
    back.out.close();
    open();
    transport().write("nobody hears this");
    runUntilLost();
    EXPECT_TRUE(connection().lostWith<ConnectionLost>());
  }
  struct sigaction after {};
  sigset_t mask;
  sigaction(SIGPIPE, nullptr, &after);
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_EQ(after.sa_handler, SIG_DFL);
  EXPECT_FALSE(sigismember(&mask, SIGPIPE));
}

TEST_F(DescriptorConnection, LeavesASignalOfTheProgramsOwnWhereItWaits) {
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  for (const bool ownWaits : {false, true}) {
    if (ownWaits) ::raise(SIGPIPE);
    there = {};
    back = {};
    back.out.close();
    open();
    transport().write("nobody hears this");
    runUntilLost();
    sigpending(&pending);
    EXPECT_EQ(sigismember(&pending, SIGPIPE) == 1, ownWaits);
  }
  const timespec atOnce{};
  sigtimedwait(&pipe, nullptr, &atOnce);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(DescriptorConnection, DeliversNothingWhilePaused) {
  protocols->script.made = [](Connection& c) { c.transport->pauseProducing(); };
  open();
  there.in.send("held");
  there.in.close();
  runWhatIsReady();
  EXPECT_EQ(connection().received, "");
  EXPECT_EQ(connection().lost, 0);
  transport().resumeProducing();
  runUntilLost();
  EXPECT_EQ(connection().received, "held");
}

TEST_F(DescriptorConnection, MayBePausedAndResumedInEveryCallback) {
  protocols->script.data = [](Connection& c, BytesView) {
    c.transport->pauseProducing();
    c.transport->resumeProducing();
    c.transport->pauseProducing();
    c.transport->clock().callLater(0s, [&c] { c.transport->resumeProducing(); });
  };
  open();
  const Bytes data = pattern(kMegabyte);
  std::size_t sent = 0;
  runUntil([&] {
    sent += there.in.send(BytesView(data).substr(sent));
    return connection().received.size() == data.size();
  });
  EXPECT_TRUE(connection().received == data);
  there.in.close();
  runUntilLost();
}

TEST_F(DescriptorConnection, ClosingWaitsForAReader) {
  open();
  const Bytes all = pattern(kMegabyte);
  transport().write(all);
  transport().loseConnection();
  runWhatIsReady();
  EXPECT_EQ(connection().lost, 0);
  runUntil([&] { return back.out.ended(); });
  EXPECT_TRUE(back.out.received == all);
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(DescriptorConnection, ACloseWithoutProgressIsAborted) {
  open({.closeTimeout = 1ms});
  transport().write(pattern(kMegabyte));
  transport().loseConnection();
  runUntilLost();
  EXPECT_TRUE(connection().lostWith<CloseTimeout>());
}

TEST_F(DescriptorConnection, AbortsWhenTooMuchIsBuffered) {
  open({.writeBufferLimit = kMegabyte});
  for (int i = 0; i < 3; ++i) transport().write(pattern(kMegabyte));
  runUntilLost();
  EXPECT_TRUE(connection().lostWith<WriteBufferFull>());
}

TEST_F(DescriptorConnection, AbortConnectionDropsEverything) {
  open();
  transport().write(pattern(kMegabyte));
  transport().abortConnection();
  EXPECT_EQ(connection().lost, 0);
  runUntil([&] { return back.out.ended() && connection().lost == 1; });
  EXPECT_LT(back.out.received.size(), kMegabyte);
  EXPECT_TRUE(connection().lostWith<ConnectionAborted>());
}

TEST_F(DescriptorConnection, WhatAProtocolThrowsIsTheReason) {
  protocols->script.data = [](Connection&, BytesView) { throw std::runtime_error("oops"); };
  open();
  there.in.send("x");
  runUntilLost();
  EXPECT_TRUE(connection().lostWith<std::runtime_error>());
  EXPECT_TRUE(captured.hasFailure("oops"));
}

TEST_F(DescriptorConnection, AStopOfTheReactorFlushesIt) {
  open();
  const Bytes all = pattern(kMegabyte);
  transport().write(all);
  reactor.stop();
  runUntil([&] { return back.out.ended() && !reactor.running(); });
  EXPECT_TRUE(back.out.received == all);
  EXPECT_TRUE(connection().lostWith<ConnectionDone>());
}

TEST_F(DescriptorConnection, OutlivesItsReactorAsATransportThatAnswers) {
  auto own = std::make_unique<Reactor>(kNoSignals);
  own->standardIO(protocols->makeProtocol({}), {.input = there.out.get(), .output = back.in.get()});
  const auto kept = connection().transport;
  kept->write("never sent");
  own.reset();
  EXPECT_EQ(connection().lost, 1);
  EXPECT_TRUE(connection().lostWith<ConnectionAborted>());
  EXPECT_FALSE(kept->connected());
  kept->write("nobody");
  kept->loseConnection();
  EXPECT_EQ(kept->getPeer(), Address());
}

}  // namespace
}  // namespace plait::testing
