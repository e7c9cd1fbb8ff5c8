// Flow control: water marks, producers, the cap.
#include <gtest/gtest.h>

#include <stdexcept>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

constexpr std::size_t kMark = 65536;

struct Producers : ::testing::Test {
  Producers() {
    c.connect();
    c.medium->room = 0;
    c.takeJournal();
  }
  void write(std::size_t bytes) { c.medium->write(Bytes(bytes, 'x')); }

  ScriptedConnection<> c;
};

TEST_F(Producers, ArePausedAboveTheHighWaterMark) {
  c.medium->registerProducer(c.push);
  write(kMark);
  EXPECT_EQ(c.journal, Journal{});
  write(1);
  EXPECT_EQ(c.journal, Journal{"pause"});
}

TEST_F(Producers, ArePausedByOneWriteAboveTheMark) {
  c.medium->registerProducer(c.push);
  write(kMark + 1);
  EXPECT_EQ(c.journal, Journal{"pause"});
}

TEST_F(Producers, ArePausedOnceHoweverMuchIsWritten) {
  c.medium->registerProducer(c.push);
  for (int i = 0; i < 5; ++i) write(kMark + 1);
  EXPECT_EQ(c.journal, Journal{"pause"});
}

TEST_F(Producers, AreResumedOnceTheBufferIsEmpty) {
  c.medium->registerProducer(c.push);
  write(kMark + 1);
  c.medium->run();
  c.medium->makeRoom(kMark);
  EXPECT_EQ(c.journal, Journal{"pause"});
  c.medium->makeRoom(1);
  EXPECT_EQ(c.journal, (Journal{"pause", "resume"}));
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_EQ(c.journal, (Journal{"pause", "resume"}));
}

TEST_F(Producers, WriteIntoTheTurnThatWasAskedForBeforeTheyWereResumed) {
  c.medium->registerProducer(c.push);
  c.push.whenResumed = [&] { write(1); };
  write(kMark + 1);
  c.medium->run();
  c.medium->loseWriteConnection();  // asks for a turn
  c.medium->makeRoom(SIZE_MAX);     // comes before it
  c.medium->run();
  EXPECT_EQ(c.journal, (Journal{"pause", "resume"}));
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
}

TEST_F(Producers, FollowTheMarksTheyAreGiven) {
  c.medium->setTransportOptions({.highWaterMark = 10, .lowWaterMark = 4});
  c.medium->registerProducer(c.push);
  write(11);
  c.medium->run();
  c.medium->makeRoom(6);
  EXPECT_EQ(c.journal, Journal{"pause"});
  c.medium->makeRoom(1);
  EXPECT_EQ(c.journal, (Journal{"pause", "resume"}));
}

TEST_F(Producers, AreNotResumedUnlessPaused) {
  c.medium->registerProducer(c.push);
  write(10);
  c.medium->run();
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_EQ(c.journal, Journal{});
}

TEST_F(Producers, AlternateBetweenPausedAndResumed) {
  c.medium->registerProducer(c.push);
  for (int i = 0; i < 10; ++i) {
    write(kMark + 1);
    c.medium->run();
    c.medium->makeRoom(kMark + 1);
  }
  ASSERT_EQ(c.journal.size(), 20u);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(c.journal[i], i % 2 == 0 ? "pause" : "resume");
}

TEST_F(Producers, MayWriteWhenResumed) {
  c.medium->registerProducer(c.push);
  c.push.whenResumed = [&] { write(kMark + 1); };
  write(kMark + 1);
  c.medium->run();
  c.medium->makeRoom(kMark + 1);
  EXPECT_EQ(c.journal, (Journal{"pause", "resume", "pause"}));
  EXPECT_EQ(c.medium->bufferedBytes(), kMark + 1);
}

TEST_F(Producers, AreStoppedWhilePausedWhenTheConnectionIsLost) {
  c.medium->registerProducer(c.push);
  write(kMark + 1);
  c.medium->abortConnection();
  c.medium->run();
  EXPECT_EQ(c.journal, (Journal{"pause", "stop", "close reset", "lost plait::ConnectionAborted",
                                "medium lost"}));
}

TEST_F(Producers, AreAskedForDataAtOnceWhenTheyPull) {
  c.medium->registerProducer(c.pull);
  EXPECT_EQ(c.journal, Journal{"resume"});
}

TEST_F(Producers, ArePulledOnceEachTimeTheBufferIsEmpty) {
  c.medium->registerProducer(c.pull);
  c.pull.whenResumed = [&] { write(10); };
  write(10);
  c.medium->run();
  EXPECT_EQ(c.journal, Journal{"resume"});
  c.medium->makeRoom(9);
  EXPECT_EQ(c.journal, Journal{"resume"});
  c.medium->makeRoom(1);
  EXPECT_EQ(c.journal, (Journal{"resume", "resume"}));
  c.medium->makeRoom(25);  // two and a half answers
  EXPECT_EQ(c.journal.size(), 4u);
}

TEST_F(Producers, AreNotPulledAgainUntilTheyHaveWritten) {
  c.medium->room = SIZE_MAX;
  c.medium->registerProducer(c.pull);
  c.medium->run();
  c.medium->run();
  EXPECT_EQ(c.journal, Journal{"resume"});
  write(1);
  c.medium->run();
  EXPECT_EQ(c.journal, (Journal{"resume", "resume"}));
}

TEST_F(Producers, MayUnregisterWhenPulled) {
  c.medium->room = SIZE_MAX;
  int answers = 3;
  c.pull.whenResumed = [&] {
    write(10);
    if (--answers == 0) c.medium->unregisterProducer();
  };
  c.medium->registerProducer(c.pull);
  c.medium->run();
  EXPECT_EQ(c.medium->sent.size(), 30u);
  c.medium->registerProducer(c.push);  // there is room for another
}

TEST_F(Producers, ExcludeOneAnother) {
  c.medium->registerProducer(c.push);
  EXPECT_THROW(c.medium->registerProducer(c.pull), std::logic_error);
  ScriptedPush other(c.journal);
  EXPECT_THROW(c.medium->registerProducer(other), std::logic_error);
  write(kMark + 1);
  EXPECT_EQ(c.journal, Journal{"pause"}) << "the first is still registered";
}

TEST_F(Producers, AreStoppedAtOnceOnALostConnection) {
  c.medium->abortConnection();
  c.medium->registerProducer(c.push);
  EXPECT_EQ(c.journal, Journal{"stop"});
  c.medium->run();
  c.takeJournal();
  c.medium->registerProducer(c.push);
  c.medium->registerProducer(c.pull);
  EXPECT_EQ(c.journal, (Journal{"stop", "stop"}));
}

TEST_F(Producers, HearNothingOnceUnregistered) {
  c.medium->registerProducer(c.push);
  c.medium->unregisterProducer();
  c.medium->unregisterProducer();
  write(kMark + 1);
  c.medium->abortConnection();
  c.medium->run();
  EXPECT_EQ(c.journal, (Journal{"close reset", "lost plait::ConnectionAborted", "medium lost"}));
}

TEST_F(Producers, AreStoppedBeforeTheProtocolIsTold) {
  c.medium->registerProducer(c.pull);
  c.medium->breakDown(std::errc::connection_reset);
  EXPECT_EQ(c.journal, (Journal{"resume", "stop", "close reset", "lost plait::ConnectionLost",
                                "medium lost"}));
}

TEST_F(Producers, StartAfreshWhenOneFollowsAnotherThatWasPaused) {
  c.medium->registerProducer(c.push);
  write(kMark + 1);
  c.medium->unregisterProducer();
  ScriptedPush next(c.journal);
  c.medium->registerProducer(next);
  write(1);
  EXPECT_EQ(c.journal, (Journal{"pause", "pause"}));
  c.medium->run();
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_EQ(c.journal.back(), "resume");
}

// --- A transport that is its own producer --------------------------------------------------------

TEST_F(Producers, MayBeTheTransportItself) {
  c.medium->registerProducer(*c.medium);
  write(kMark + 1);
  EXPECT_FALSE(c.medium->reading());
  c.medium->run();
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_TRUE(c.medium->reading());
}

TEST_F(Producers, NeedNoUnregisteringWhenTheTransportIsItsOwn) {
  c.medium->registerProducer(*c.medium);
  write(10);
  c.medium->giveEOF();
  EXPECT_TRUE(c.medium->connected());
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_EQ(c.medium->sent.size(), 10u);
  EXPECT_EQ(c.journal.back(), "medium lost");
}

TEST_F(Producers, LeaveATransportThatIsItsOwnToCloseWhilePaused) {
  c.medium->registerProducer(*c.medium);
  write(kMark + 1);
  c.medium->loseConnection();
  c.medium->run();
  c.medium->makeRoom(SIZE_MAX);
  EXPECT_NE(c.protocol->why->check<ConnectionDone>(), nullptr);
}

TEST_F(Producers, AreNotAwaitedWhenAClosingTransportRegistersItself) {
  c.medium->pauseProducing();
  c.medium->loseConnection();
  c.medium->registerProducer(*c.medium);
  c.medium->makeRoom(SIZE_MAX);
  ASSERT_TRUE(c.protocol->why);
  EXPECT_NE(c.protocol->why->check<ConnectionDone>(), nullptr);
}

TEST_F(Producers, ThatAreTransportsAndCloseTooAreNotAwaited) {
  ScriptedConnection<> other;
  other.connect();
  c.medium->room = SIZE_MAX;
  c.medium->registerProducer(*other.medium);
  other.medium->registerProducer(*c.medium);
  c.medium->loseConnection();
  c.medium->run();
  EXPECT_FALSE(c.protocol->why) << "the other may still write";
  other.medium->loseConnection();
  other.medium->run();
  ASSERT_TRUE(other.protocol->why);
  EXPECT_TRUE(other.protocol->why->check<ConnectionDone>());
  c.medium->unregisterProducer();
  c.medium->run();
  ASSERT_TRUE(c.protocol->why);
  EXPECT_TRUE(c.protocol->why->check<ConnectionDone>());
}

// --- The cap ---------------------------------------------------------------------------

TEST_F(Producers, MayGoOverTheCapWithOneWrite) {
  c.medium->setTransportOptions({.writeBufferLimit = 100});
  write(100);
  write(1000);  // it finds 100, which is allowed
  EXPECT_EQ(c.medium->bufferedBytes(), 1100u);
  EXPECT_FALSE(c.medium->disconnecting());
}

TEST_F(Producers, EndTheConnectionWhenTheyWriteOnAboveTheCap) {
  c.medium->setTransportOptions({.writeBufferLimit = 100});
  write(101);
  c.medium->writeSequence({"a", "b"});
  EXPECT_TRUE(c.medium->disconnecting());
  EXPECT_EQ(c.medium->bufferedBytes(), 0u);
  EXPECT_EQ(c.journal, Journal{}) << "never from inside the write";
  c.medium->run();
  EXPECT_EQ(c.journal, (Journal{"close reset", "lost plait::WriteBufferFull", "medium lost"}));
  EXPECT_EQ(c.protocol->why->getErrorMessage(), WriteBufferFull(101, 100).what());
}

TEST_F(Producers, HaveNoCapWhenItIsZero) {
  c.medium->setTransportOptions({.writeBufferLimit = 0});
  for (int i = 0; i < 10; ++i) write(1000);
  EXPECT_FALSE(c.medium->disconnecting());
}

}  // namespace
}  // namespace plait::testing
