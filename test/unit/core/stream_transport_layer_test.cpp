// What a transport does for a layer above it, such as TLS, and as one itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct ScriptedLayer : TransportLayer {
  void haveTurn() override {
    ++turns;
    if (whenTurn) whenTurn();
  }
  int turns = 0;
  std::function<void()> whenTurn;
};

struct Layer : ::testing::Test {
  Layer() {
    c.connect();
    c.takeJournal();
  }
  ScriptedConnection<> c;
  ScriptedMedium& medium = *c.medium;
  ScriptedLayer layer;
};

TEST_F(Layer, HasOneTurnHoweverOftenItAsks) {
  medium.requestTurnFor(layer);
  medium.requestTurnFor(layer);
  EXPECT_EQ(layer.turns, 0);
  medium.run();
  EXPECT_EQ(layer.turns, 1);
}

TEST_F(Layer, WritesIntoTheSendOfItsTurn) {
  layer.whenTurn = [&] { medium.write("from the layer"); };
  medium.write("before ");
  medium.requestTurnFor(layer);
  medium.run();
  EXPECT_EQ(medium.sent, "before from the layer");
  EXPECT_EQ(medium.turns, 1);
}

TEST_F(Layer, MayAskForTheNextTurnInItsTurn) {
  layer.whenTurn = [&] {
    if (layer.turns == 1) medium.requestTurnFor(layer);
  };
  medium.requestTurnFor(layer);
  medium.run();
  EXPECT_EQ(layer.turns, 2);
}

TEST_F(Layer, MayCloseInItsTurn) {
  layer.whenTurn = [&] { medium.abortConnection(); };
  medium.requestTurnFor(layer);
  medium.run();
  EXPECT_THAT(c.journal,
              ElementsAre("close reset", "lost plait::ConnectionAborted", "medium lost"));
}

TEST_F(Layer, HasNoTurnOnALostConnection) {
  medium.requestTurnFor(layer);
  medium.breakDown(std::errc::connection_reset);
  medium.requestTurnFor(layer);
  medium.run();
  EXPECT_EQ(layer.turns, 0);
}

TEST_F(Layer, EndsItsSendingBehindTheLastByteOfAClose) {
  medium.whenSendingEnds = [&] { c.journal.push_back("end behind " + medium.sent); };
  medium.room = 3;
  medium.write("abcdef");
  medium.loseConnection();
  medium.run();
  EXPECT_THAT(c.journal, IsEmpty());
  medium.makeRoom(SIZE_MAX);
  EXPECT_THAT(c.journal, ElementsAre("end behind abcdef", "close orderly",
                                     "lost plait::ConnectionDone", "medium lost"));
}

TEST_F(Layer, ClosesWhenTheEndOfItsSendingHasLeftBelow) {
  medium.whenSendingEnds = [&] { medium.below = 10; };
  medium.loseConnection();
  medium.run();
  EXPECT_THAT(c.journal, IsEmpty());
  medium.whenSendingEnds = nullptr;
  medium.below = 0;
  medium.makeRoom(SIZE_MAX);
  EXPECT_EQ(c.journal.front(), "close orderly");
}

TEST_F(Layer, DoesNotEndItsSendingBeforeTheProducerDoes) {
  medium.whenSendingEnds = [&] { c.journal.push_back("end"); };
  medium.registerProducer(c.push);
  medium.loseConnection();
  medium.run();
  EXPECT_THAT(c.journal, IsEmpty());
  medium.unregisterProducer();
  medium.run();
  EXPECT_EQ(c.journal.front(), "end");
}

TEST_F(Layer, EndsItsSendingBeforeItsSendingHalfCloses) {
  medium.whenSendingEnds = [&] { c.journal.push_back("end"); };
  medium.loseWriteConnection();
  medium.run();
  EXPECT_THAT(c.journal, ElementsAre("end", "close write side"));
}

}  // namespace
}  // namespace plait::testing
