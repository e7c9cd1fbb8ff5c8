// Closing: loseConnection, half-close, end of file, abort, the close timeout.
#include <gtest/gtest.h>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

using namespace std::chrono_literals;

const Journal kDone{"close orderly", "lost plait::ConnectionDone", "medium lost"};
const Journal kAborted{"close reset", "lost plait::ConnectionAborted", "medium lost"};

template <class P = ScriptedProtocol>
struct Connected : ::testing::Test {
  Connected() {
    c.connect();
    c.takeJournal();
  }

  ScriptedConnection<P> c;
  ScriptedMedium& medium = *c.medium;
};

using Close = Connected<>;

TEST_F(Close, NeverComesFromInsideTheCall) {
  medium.loseConnection();
  EXPECT_TRUE(medium.disconnecting());
  EXPECT_EQ(c.journal, Journal{});
  medium.run();
  EXPECT_EQ(c.journal, kDone);
}

TEST_F(Close, SendsEverythingFirst) {
  medium.room = 2;
  medium.write("abcdef");
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(c.journal, Journal{});
  medium.makeRoom(3);
  EXPECT_EQ(c.journal, Journal{});
  medium.makeRoom(1);
  EXPECT_EQ(medium.sent, "abcdef");
  EXPECT_EQ(c.journal, kDone);
}

TEST_F(Close, DropsWhatIsWrittenLater) {
  medium.write("abc");
  medium.loseConnection();
  medium.write("late");
  medium.write(share("late"));
  medium.writeSequence({"late"});
  medium.run();
  EXPECT_EQ(medium.sent, "abc");
}

TEST_F(Close, StopsReading) {
  medium.loseConnection();
  EXPECT_FALSE(medium.give("late"));
}

TEST_F(Close, HappensOnceHoweverOftenItIsAskedFor) {
  for (int i = 0; i < 3; ++i) medium.loseConnection();
  medium.run();
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(c.journal, kDone);
}

TEST_F(Close, GivesTheReasonItWasGiven) {
  medium.loseConnection(Failure(std::runtime_error("go away")));
  medium.loseConnection(Failure(std::runtime_error("too late")));
  medium.run();
  EXPECT_EQ(c.protocol->why->getErrorMessage(), "go away");
}

TEST_F(Close, WaitsForTheProducer) {
  medium.registerProducer(c.push);
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(c.journal, Journal{});
  medium.write("the producer's");
  medium.run();
  medium.write(" last words");
  medium.unregisterProducer();
  EXPECT_EQ(c.journal, Journal{});
  medium.write(" and too late");
  medium.run();
  EXPECT_EQ(medium.sent, "the producer's last words");
  EXPECT_EQ(c.journal, kDone);
}

TEST_F(Close, WaitsForThePullProducer) {
  int answers = 0;
  c.pull.whenResumed = [&] {
    medium.write("x");
    if (++answers == 4) medium.unregisterProducer();
  };
  medium.registerProducer(c.pull);
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(medium.sent, "xxxx");
  c.takeJournal();
  EXPECT_FALSE(medium.connected());
}

TEST_F(Close, FollowsTheEndOfFile) {
  medium.room = 0;
  medium.write("reply");
  medium.giveEOF();
  EXPECT_TRUE(medium.disconnecting());
  EXPECT_EQ(c.journal, Journal{});
  medium.makeRoom(SIZE_MAX);
  EXPECT_EQ(medium.sent, "reply");
  EXPECT_EQ(c.journal, kDone);
}

TEST_F(Close, OfTheWriteSideOnly) {
  medium.write("abc");
  medium.loseWriteConnection();
  EXPECT_EQ(c.journal, Journal{});
  medium.write("late");
  medium.run();
  EXPECT_EQ(medium.sent, "abc");
  EXPECT_EQ(c.journal, Journal{"close write side"});
  medium.write("later");
  EXPECT_TRUE(medium.give("still read"));
  medium.giveEOF();
  EXPECT_EQ(medium.sent, "abc");
  EXPECT_EQ(c.journal, (Journal{"close write side", "data still read", "close orderly",
                                "lost plait::ConnectionDone", "medium lost"}));
}

TEST_F(Close, OfTheWriteSideWaitsForTheProducer) {
  medium.registerProducer(c.push);
  medium.loseWriteConnection();
  medium.write("the producer's");
  medium.run();
  EXPECT_EQ(c.journal, Journal{});
  medium.unregisterProducer();
  medium.run();
  EXPECT_EQ(medium.sent, "the producer's");
  EXPECT_EQ(c.journal, Journal{"close write side"});
}

TEST_F(Close, OfTheWriteSideHappensOnce) {
  medium.loseWriteConnection();
  medium.loseWriteConnection();
  medium.run();
  medium.loseWriteConnection();
  medium.run();
  EXPECT_EQ(c.journal, Journal{"close write side"});
  medium.loseConnection();
  medium.run();
  EXPECT_FALSE(medium.connected());
}

// --- Half-closeable protocols ----------------------------------------------------------

using HalfClose = Connected<HalfCloseableScript>;

TEST_F(HalfClose, LetsTheProtocolWriteAfterTheEndOfFile) {
  c.protocol->whenReadLost = [&] { medium.write("answer"); };
  medium.giveEOF();
  EXPECT_EQ(c.journal, Journal{"read lost"});
  EXPECT_TRUE(medium.connected());
  EXPECT_FALSE(medium.disconnecting());
  EXPECT_FALSE(medium.reading());
  medium.write(", more");
  medium.run();
  EXPECT_EQ(medium.sent, "answer, more");
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(c.protocol->why->typeName(), "plait::ConnectionDone");
}

TEST_F(HalfClose, EndsWithTheWriteSideAfterTheReadSide) {
  medium.giveEOF();
  medium.loseWriteConnection();
  medium.run();
  EXPECT_EQ(c.journal, (Journal{"read lost", "close write side", "write lost", "close orderly",
                                "lost plait::ConnectionDone", "medium lost"}));
}

TEST_F(HalfClose, EndsWithTheReadSideAfterTheWriteSide) {
  medium.loseWriteConnection();
  medium.run();
  medium.giveEOF();
  EXPECT_EQ(c.journal, (Journal{"close write side", "write lost", "read lost", "close orderly",
                                "lost plait::ConnectionDone", "medium lost"}));
}

TEST_F(HalfClose, EndsWhenTheEndOfFileComesBeforeTheFlush) {
  medium.room = 0;
  medium.write("abc");
  medium.loseWriteConnection();
  medium.run();
  medium.giveEOF();
  EXPECT_EQ(c.journal, Journal{"read lost"});
  medium.makeRoom(SIZE_MAX);
  EXPECT_EQ(medium.sent, "abc");
  EXPECT_EQ(c.journal, (Journal{"read lost", "close write side", "write lost", "close orderly",
                                "lost plait::ConnectionDone", "medium lost"}));
}

TEST_F(HalfClose, MayCloseFromInsideItsCallbacks) {
  c.protocol->whenReadLost = [&] { medium.loseConnection(); };
  medium.giveEOF();
  EXPECT_EQ(c.journal.back(), "medium lost");
  EXPECT_EQ(c.protocol->why->typeName(), "plait::ConnectionDone");
}

TEST_F(HalfClose, MayAbortFromInsideItsCallbacks) {
  c.protocol->whenWriteLost = [&] { medium.abortConnection(); };
  medium.loseWriteConnection();
  medium.run();
  EXPECT_EQ(c.protocol->why->typeName(), "plait::ConnectionAborted");
}

// --- Aborting --------------------------------------------------------------------------

TEST_F(Close, ByAbortDropsEverythingAndNeverComesFromInsideTheCall) {
  medium.write("unsent");
  medium.abortConnection();
  EXPECT_TRUE(medium.disconnecting());
  EXPECT_EQ(c.journal, Journal{});
  medium.write("late");
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(c.journal, kAborted);
  EXPECT_EQ(medium.sent, "");
}

TEST_F(Close, ByAbortOvertakesAnOrderlyOne) {
  medium.room = 0;
  medium.write("unsent");
  medium.loseConnection();
  medium.run();
  medium.abortConnection();
  medium.run();
  EXPECT_EQ(c.journal, kAborted);
}

TEST_F(Close, ByAbortDoesNotWaitForTheProducer) {
  medium.registerProducer(c.push);
  medium.abortConnection();
  medium.run();
  EXPECT_EQ(c.journal,
            (Journal{"stop", "close reset", "lost plait::ConnectionAborted", "medium lost"}));
}

TEST_F(Close, ByAbortGivesTheFirstReason) {
  medium.abortConnection(Failure(std::runtime_error("first")));
  medium.abortConnection(Failure(std::runtime_error("second")));
  medium.run();
  EXPECT_EQ(c.protocol->why->getErrorMessage(), "first");
}

// --- The close timeout -----------------------------------------------------------------

TEST_F(Close, IsAbortedWhenItMakesNoProgress) {
  medium.room = 0;
  medium.write("unread");
  medium.loseConnection();
  medium.run();
  c.clock.advance(30s - 1ns);
  medium.run();
  EXPECT_TRUE(medium.connected());
  c.clock.advance(1ns);
  medium.run();
  EXPECT_EQ(c.journal, (Journal{"close reset", "lost plait::CloseTimeout", "medium lost"}));
  EXPECT_EQ(c.clock.pendingCalls(), 0u);
}

TEST_F(Close, MayTakeAsLongAsItMakesProgress) {
  medium.room = 0;
  medium.write(Bytes(100, 'x'));
  medium.loseConnection();
  medium.run();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(medium.connected());
    c.clock.advance(29s);
    medium.makeRoom(1);
  }
  EXPECT_EQ(c.journal, kDone);
  EXPECT_EQ(c.clock.pendingCalls(), 0u);
}

TEST_F(Close, IsAbortedWhenProgressEnds) {
  medium.room = 0;
  medium.write("abc");
  medium.loseConnection();
  medium.run();
  c.clock.advance(10s);
  medium.makeRoom(1);
  c.clock.advance(20s);  // checked: there was progress
  medium.run();
  EXPECT_TRUE(medium.connected());
  c.clock.advance(30s);
  medium.run();
  EXPECT_EQ(c.protocol->why->typeName(), "plait::CloseTimeout");
}

TEST_F(Close, AfterAnEndOfFileHasTheSameTimeout) {
  medium.room = 0;
  medium.write("unread");
  medium.giveEOF();
  c.clock.advance(30s);
  medium.run();
  EXPECT_EQ(c.protocol->why->typeName(), "plait::CloseTimeout");
}

TEST_F(Close, WaitsForEverWithoutATimeout) {
  medium.setTransportOptions({.closeTimeout = 0s});
  medium.room = 0;
  medium.write("unread");
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(c.clock.pendingCalls(), 0u);
  c.clock.advance(1000h);
  EXPECT_TRUE(medium.connected());
}

TEST_F(Close, LeavesNoTimerWhenItIsQuick) {
  medium.write("abc");
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(c.clock.pendingCalls(), 0u);
}

TEST_F(Close, AbortsAProducerThatNeverEnds) {
  medium.registerProducer(c.push);
  medium.loseConnection();
  medium.run();
  c.clock.advance(30s);
  medium.run();
  EXPECT_EQ(c.journal, (Journal{"stop", "close reset", "lost plait::CloseTimeout", "medium lost"}));
}

}  // namespace
}  // namespace plait::testing
