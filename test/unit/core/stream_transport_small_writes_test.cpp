// Small writes behind another take a short way: nothing but their speed may tell.
#include <gtest/gtest.h>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

struct SmallWrites : ::testing::Test {
  SmallWrites() {
    c.connect();
    c.takeJournal();
  }
  void write(int times) {
    for (int i = 0; i < times; ++i) c.medium->write("x");
  }

  ScriptedConnection<> c;
};

TEST_F(SmallWrites, AreCountedAtOnce) {
  write(1);
  EXPECT_EQ(c.medium->bufferedBytes(), 1u);
  write(2);
  EXPECT_EQ(c.medium->bufferedBytes(), 3u);
  c.medium->run();
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
  EXPECT_EQ(c.medium->sends, (std::vector<Bytes>{"xxx"}));
}

TEST_F(SmallWrites, KeepTheirOrderAmongAllOthers) {
  c.medium->write("a");
  c.medium->write("b");
  c.medium->write(share(Bytes(5000, 'c')));
  c.medium->write("d");
  c.medium->write(Bytes("e"));
  c.medium->write(Bytes(6000, 'f'));
  c.medium->writeSequence({"g", "h"});
  c.medium->writeSequence("i", "j", "k", "l");
  c.medium->run();
  EXPECT_EQ(c.medium->sent, "ab" + Bytes(5000, 'c') + "de" + Bytes(6000, 'f') + "ghijkl");
}

TEST_F(SmallWrites, MakeAStreamOfAnyLength) {
  Bytes expected;
  for (int i = 0; i < 20000; ++i) {
    const Bytes piece = std::to_string(i);
    c.medium->writeSequence(piece, ",");
    expected += piece + ",";
  }
  EXPECT_EQ(c.medium->bufferedBytes(), expected.size());
  c.medium->run();
  EXPECT_EQ(c.medium->sent, expected);
}

TEST_F(SmallWrites, PauseAProducerAboveTheHighWaterMarkExactly) {
  c.medium->setTransportOptions({.highWaterMark = 10});
  write(3);
  c.medium->registerProducer(c.push);
  write(7);
  EXPECT_EQ(c.journal, Journal{});
  write(1);
  EXPECT_EQ(c.journal, Journal{"pause"});
  write(1);
  EXPECT_EQ(c.journal, Journal{"pause"});
  EXPECT_EQ(c.medium->bufferedBytes(), 12u);
}

TEST_F(SmallWrites, AbortAboveTheCapExactly) {
  c.medium->setTransportOptions({.writeBufferLimit = 10});
  c.medium->room = 0;
  write(11);  // the last found ten
  EXPECT_FALSE(c.medium->disconnecting());
  write(1);
  EXPECT_TRUE(c.medium->disconnecting());
  c.medium->run();
  EXPECT_EQ(c.journal, (Journal{"close reset", "lost plait::WriteBufferFull", "medium lost"}));
}

TEST_F(SmallWrites, FollowOptionsGivenInBetween) {
  c.medium->room = 0;
  write(5);
  c.medium->setTransportOptions({.writeBufferLimit = 3});
  write(1);
  EXPECT_TRUE(c.medium->disconnecting());
}

TEST_F(SmallWrites, AreDroppedOnceTheConnectionIsClosing) {
  write(2);
  c.medium->loseConnection();
  write(2);
  EXPECT_EQ(c.medium->bufferedBytes(), 2u);
  c.medium->run();
  EXPECT_EQ(c.medium->sent, "xx");
  write(1);
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
}

TEST_F(SmallWrites, AreDroppedOnceTheSendingHalfIsClosing) {
  write(2);
  c.medium->loseWriteConnection();
  write(2);
  c.medium->run();
  write(2);
  EXPECT_EQ(c.medium->sent, "xx");
}

TEST_F(SmallWrites, AreDroppedOnceTheConnectionIsAborted) {
  write(2);
  c.medium->abortConnection();
  write(2);
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
  c.medium->run();
  EXPECT_EQ(c.medium->sent, "");
}

TEST_F(SmallWrites, AskForATurnEachTimeOneHasPassed) {
  write(2);
  c.medium->run();
  write(1);
  EXPECT_TRUE(c.medium->wantsTurn());
  c.medium->run();
  EXPECT_EQ(c.medium->sends, (std::vector<Bytes>{"xx", "x"}));
}

TEST_F(SmallWrites, WaitBehindWhatTheMediumHasRefused) {
  c.medium->room = 1;
  write(3);
  c.medium->run();
  write(3);
  EXPECT_EQ(c.medium->bufferedBytes(), 5u);
  c.medium->makeRoom(2);
  write(1);
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_EQ(c.medium->sent, "xxxxxxx");
}

TEST_F(SmallWrites, LeaveInTheTurnOfTheLayerThatMadeThem) {
  struct : TransportLayer {
    void haveTurn() override { write(3); }
    std::function<void(int)> write;
  } layer;
  layer.write = [this](int times) { write(times); };
  c.medium->requestTurnFor(layer);
  c.medium->run();
  EXPECT_EQ(c.medium->sends, (std::vector<Bytes>{"xxx"}));
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
}

TEST_F(SmallWrites, LeaveInTheTurnThatDeliversWhatWasHeld) {
  auto next = std::make_shared<ScriptedProtocol>(c.journal);
  next->whenData = [this](BytesView) { write(3); };
  c.medium->switchProtocol(next, "held");
  c.medium->run();
  EXPECT_EQ(c.medium->sends, (std::vector<Bytes>{"xxx"}));
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
}

TEST_F(SmallWrites, OfAProducerThatIsBeingAskedForMore) {
  int left = 3;
  c.pull.whenResumed = [&] {
    if (left-- > 0) write(2);
  };
  c.medium->registerProducer(c.pull);
  c.medium->loseConnection();
  c.medium->run();
  EXPECT_EQ(c.medium->sent, "xxxxxx");
  c.medium->unregisterProducer();
  c.medium->run();
  EXPECT_FALSE(c.medium->connected());
}

}  // namespace
}  // namespace plait::testing
