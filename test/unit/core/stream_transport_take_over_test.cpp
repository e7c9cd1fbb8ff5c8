#include <gmock/gmock.h>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

using ::testing::ElementsAre;

class TakingOver : public ::testing::Test {
 protected:
  /// A protocol that hands the connection over to `second` with the first bytes.
  void switchWithData(Bytes unread) {
    connection.protocol->whenData = [this, unread](BytesView) {
      connection.medium->switchProtocol(second, unread);
    };
    connection.connect();
    connection.takeJournal();
  }

  Journal secondJournal;
  Journal thirdJournal;
  ScriptedConnection<> connection;
  std::shared_ptr<ScriptedProtocol> second = std::make_shared<ScriptedProtocol>(secondJournal);
};

TEST_F(TakingOver, TheNextProtocolIsToldWhatComesAndTheFirstNothingMore) {
  switchWithData("");
  connection.medium->give("one");
  connection.medium->give("two");
  EXPECT_THAT(connection.journal, ElementsAre("data one"));
  EXPECT_THAT(secondJournal, ElementsAre("data two"));
}

TEST_F(TakingOver, TheNextProtocolIsToldOfTheLoss) {
  switchWithData("");
  connection.medium->give("one");
  connection.medium->abortConnection();
  connection.medium->run();
  EXPECT_THAT(connection.journal, ElementsAre("data one", "close reset", "medium lost"));
  EXPECT_THAT(secondJournal, ElementsAre("lost plait::ConnectionAborted"));
}

TEST_F(TakingOver, WhatWasUnreadComesFirstAndFromTheLoop) {
  connection.protocol->whenData = [this](BytesView) {
    connection.medium->switchProtocol(second, "rest");
    EXPECT_THAT(secondJournal, ElementsAre());
  };
  connection.connect();
  connection.medium->give("one");
  connection.medium->give("two");
  EXPECT_THAT(secondJournal, ElementsAre("data rest", "data two"));
}

TEST_F(TakingOver, WhatWasUnreadWaitsForAPausedProtocol) {
  connection.protocol->whenData = [this](BytesView) {
    connection.medium->switchProtocol(second, "rest");
    connection.medium->pauseProducing();
  };
  connection.connect();
  connection.medium->give("one");
  EXPECT_THAT(secondJournal, ElementsAre());
  connection.medium->resumeProducing();
  EXPECT_THAT(secondJournal, ElementsAre());  // never from inside the call
  connection.medium->run();
  EXPECT_THAT(secondJournal, ElementsAre("data rest"));
}

TEST_F(TakingOver, BytesThatComeBeforeTheUnreadOnesWereDeliveredWaitBehindThem) {
  connection.connect();
  connection.medium->switchProtocol(second, "rest ");
  connection.medium->give("more");
  EXPECT_THAT(secondJournal, ElementsAre("data rest more"));
}

TEST_F(TakingOver, EndOfFileWaitsBehindTheUnreadBytes) {
  connection.connect();
  connection.medium->switchProtocol(second, "rest");
  connection.medium->giveEOF();
  EXPECT_THAT(secondJournal, ElementsAre("data rest", "lost plait::ConnectionDone"));
}

TEST_F(TakingOver, EndOfFileWaitsWhileTheProtocolPausesInTheUnreadBytes) {
  connection.connect();
  second->whenData = [this](BytesView) { connection.medium->pauseProducing(); };
  connection.medium->switchProtocol(second, "rest");
  connection.medium->giveEOF();
  EXPECT_THAT(secondJournal, ElementsAre("data rest"));
  EXPECT_FALSE(connection.medium->reading());
  connection.medium->resumeProducing();
  connection.medium->run();
  EXPECT_THAT(secondJournal, ElementsAre("data rest", "lost plait::ConnectionDone"));
}

TEST_F(TakingOver, AtTheEndOfTheStreamTheNextProtocolGetsItsBytesAndThatEnd) {
  ScriptedConnection<HalfCloseableScript> halfCloseable;
  auto next = std::make_shared<HalfCloseableScript>(secondJournal);
  halfCloseable.protocol->whenReadLost = [&] {
    halfCloseable.medium->switchProtocol(next, "rest");
  };
  halfCloseable.connect();
  halfCloseable.medium->giveEOF();
  EXPECT_THAT(secondJournal, ElementsAre("data rest", "read lost"));
  EXPECT_TRUE(halfCloseable.medium->connected());
}

TEST_F(TakingOver, AtTheEndOfTheStreamANextProtocolThatIsNotHalfCloseableEnds) {
  ScriptedConnection<HalfCloseableScript> halfCloseable;
  halfCloseable.protocol->whenReadLost = [&] {
    halfCloseable.medium->switchProtocol(second, "rest");
  };
  halfCloseable.connect();
  halfCloseable.medium->giveEOF();
  EXPECT_THAT(secondJournal, ElementsAre("data rest", "lost plait::ConnectionDone"));
}

TEST_F(TakingOver, NothingIsDeliveredAfterTheNextProtocolCloses) {
  connection.connect();
  connection.medium->switchProtocol(second, "rest");
  connection.medium->loseConnection();
  connection.medium->run();
  EXPECT_THAT(secondJournal, ElementsAre("lost plait::ConnectionDone"));
}

TEST_F(TakingOver, TheFirstProtocolLivesUntilItsCallbackHasReturned) {
  std::weak_ptr<Protocol> first = connection.protocol;
  bool alive = false;
  connection.protocol->whenData = [&](BytesView) {
    connection.medium->switchProtocol(second);
    alive = !first.expired();
  };
  connection.connect();
  connection.protocol.reset();
  connection.medium->give("one");
  EXPECT_TRUE(alive);
  EXPECT_TRUE(first.expired());
}

TEST_F(TakingOver, EachOfAChainLivesUntilTheCallbackHasReturned) {
  std::weak_ptr<Protocol> middle = second;
  auto third = std::make_shared<ScriptedProtocol>(thirdJournal);
  bool alive = false;
  second->whenMade = [&] {
    connection.medium->switchProtocol(third);
    alive = !middle.expired();
  };
  connection.protocol->whenData = [&](BytesView) {
    connection.medium->switchProtocol(second);
    std::exchange(second, nullptr)->makeConnection(connection.medium);
  };
  connection.connect();
  connection.medium->give("one");
  EXPECT_TRUE(alive);
  EXPECT_TRUE(middle.expired());
  connection.medium->give("two");
  EXPECT_THAT(thirdJournal, ElementsAre("data two"));
}

TEST_F(TakingOver, ALostConnectionIsNotTakenOver) {
  connection.connect();
  connection.medium->abortConnection();
  connection.medium->run();
  connection.medium->switchProtocol(second, "rest");
  connection.medium->run();
  EXPECT_THAT(secondJournal, ElementsAre());
}

TEST_F(TakingOver, AnExceptionOfTheNextProtocolLosesTheConnection) {
  connection.connect();
  second->whenData = [](BytesView) { throw std::runtime_error("no"); };
  connection.medium->switchProtocol(second, "rest");
  connection.medium->run();
  EXPECT_THAT(secondJournal, ElementsAre("data rest", "lost std::runtime_error"));
}

TEST_F(TakingOver, NoProtocolIsAnError) {
  connection.connect();
  EXPECT_THROW(connection.medium->switchProtocol(nullptr), std::invalid_argument);
}

TEST_F(TakingOver, AddressesCanBeOverridden) {
  connection.connect();
  Transport& transport = *connection.medium;
  const Address host = transport.getHost();
  const Address client = IPv4Address{{192, 0, 2, 1}, 4711};
  transport.overrideAddresses(client, {});
  EXPECT_EQ(transport.getPeer(), client);
  EXPECT_EQ(transport.getHost(), host);
  const Address front = IPv4Address{{198, 51, 100, 1}, 443};
  transport.overrideAddresses({}, front);
  EXPECT_EQ(transport.getPeer(), client);
  EXPECT_EQ(transport.getHost(), front);
}

TEST_F(TakingOver, AReleasedProducerIsToldNothing) {
  connection.connect();
  connection.medium->registerProducer(connection.push);
  const RegisteredProducer released = connection.medium->releaseProducer();
  EXPECT_EQ(released.push, &connection.push);
  EXPECT_FALSE(released.paused);
  EXPECT_EQ(connection.medium->releaseProducer().push, nullptr);
  connection.medium->loseConnection();
  connection.medium->run();
  EXPECT_THAT(connection.journal,
              ElementsAre("made", "close orderly", "lost plait::ConnectionDone", "medium lost"));
}

/// A layer that writes when it has its turn.
struct Layer : TransportLayer {
  explicit Layer(Transport& below) : below(below) {}
  void haveTurn() override {
    ++turns;
    below.write("from the layer");
  }
  Transport& below;
  int turns = 0;
};

TEST_F(TakingOver, ALayerHasItsTurnBeforeWhatWasWrittenLeaves) {
  connection.connect();
  Layer layer(*connection.medium);
  connection.medium->write("first, ");
  connection.medium->requestTurnFor(layer);
  EXPECT_EQ(layer.turns, 0);
  connection.medium->run();
  EXPECT_EQ(layer.turns, 1);
  EXPECT_THAT(connection.medium->sends, ElementsAre("first, from the layer"));
}

TEST_F(TakingOver, ALayerHasNoTurnAfterTheLoss) {
  connection.connect();
  Layer layer(*connection.medium);
  connection.medium->breakDown(std::errc::connection_reset);
  connection.medium->requestTurnFor(layer);
  connection.medium->run();
  EXPECT_EQ(layer.turns, 0);
}

TEST_F(TakingOver, ACloseWaitsForWhatIsBufferedBelow) {
  connection.connect();
  connection.takeJournal();
  connection.medium->below = 10;
  connection.medium->write("x");
  connection.medium->loseConnection();
  connection.medium->run();
  EXPECT_EQ(connection.medium->bufferedBytes(), 10);
  EXPECT_THAT(connection.journal, ElementsAre());
  connection.medium->below = 0;
  connection.medium->makeRoom(SIZE_MAX);
  EXPECT_THAT(connection.journal,
              ElementsAre("close orderly", "lost plait::ConnectionDone", "medium lost"));
}

TEST_F(TakingOver, ACloseIsNotAbortedWhileWhatIsBelowBecomesLess) {
  connection.connect();
  connection.takeJournal();
  connection.medium->below = 10;
  connection.medium->loseConnection();
  connection.medium->run();
  connection.clock.advance(std::chrono::seconds(20));
  connection.medium->below = 9;
  connection.clock.advance(std::chrono::seconds(20));
  connection.medium->run();
  EXPECT_THAT(connection.journal, ElementsAre());
  connection.clock.advance(std::chrono::seconds(40));
  connection.medium->run();
  EXPECT_THAT(connection.journal,
              ElementsAre("close reset", "lost plait::CloseTimeout", "medium lost"));
}

}  // namespace
}  // namespace plait::testing
