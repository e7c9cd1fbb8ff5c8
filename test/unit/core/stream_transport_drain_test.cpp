// When those who wait for an empty buffer are told, and in which order with everything else.
#include <gtest/gtest.h>

#include <stdexcept>

#include "scripted_medium.hpp"

namespace plait {
namespace {

/// What `Transport::drained`, which room core has not, is made of. It is private: but an explicit
/// instantiation may name it.
template <auto Member>
struct Reach {
  friend void whenDrained(Transport& transport, UniqueFunction<void(const Failure*)> call) {
    (transport.*Member)(std::move(call));
  }
};
void whenDrained(Transport& transport, UniqueFunction<void(const Failure*)> call);
template struct Reach<&Transport::whenDrained>;

}  // namespace

namespace testing {
namespace {

/// A connection that is up, with "abc" waiting for room.
struct Drain : ::testing::Test {
  Drain() {
    c.connect();
    medium.room = 0;
    medium.write("abc");
    medium.run();
    c.takeJournal();
  }
  /// Waits; notes in the journal what it is told, then does `act`.
  void wait(std::string name = "", std::function<void()> act = {}) {
    plait::whenDrained(medium, [this, name, act](const Failure* lost) {
      c.journal.push_back("drained" + name + (lost ? " " + lost->typeName() : ""));
      if (act) act();
    });
  }
  void makeRoom() { medium.makeRoom(SIZE_MAX); }

  ScriptedConnection<> c;
  ScriptedMedium& medium = *c.medium;
};

TEST_F(Drain, IsToldWhenTheLastByteIsSent) {
  wait();
  medium.makeRoom(2);
  EXPECT_EQ(c.journal, Journal());
  medium.makeRoom(1);
  EXPECT_EQ(c.journal, Journal{"drained"});
}

TEST_F(Drain, IsToldAtOnceWhenNothingIsBuffered) {
  makeRoom();
  wait();
  EXPECT_EQ(c.journal, Journal{"drained"});
}

TEST_F(Drain, IsToldOnce) {
  wait();
  makeRoom();
  medium.write("more");
  medium.run();
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(c.journal,
            (Journal{"drained", "close orderly", "lost plait::ConnectionDone", "medium lost"}));
}

TEST_F(Drain, IsToldToAllInTheOrderTheyCame) {
  wait(" 1");
  wait(" 2");
  makeRoom();
  EXPECT_EQ(c.journal, (Journal{"drained 1", "drained 2"}));
}

TEST_F(Drain, IsToldInTheMiddleOfAClose) {
  wait();
  medium.loseConnection();
  medium.run();
  EXPECT_EQ(c.journal, Journal());
  makeRoom();
  EXPECT_EQ(c.journal,
            (Journal{"drained", "close orderly", "lost plait::ConnectionDone", "medium lost"}));
}

TEST_F(Drain, IsToldBeforeTheWriteSideCloses) {
  wait();
  medium.loseWriteConnection();
  medium.run();
  makeRoom();
  EXPECT_EQ(c.journal, (Journal{"drained", "close write side"}));
}

TEST_F(Drain, FailsBeforeConnectionLostWithItsReason) {
  wait(" 1");
  wait(" 2");
  medium.abortConnection(Failure(std::runtime_error("enough")));
  EXPECT_EQ(c.journal, Journal()) << "told from inside abortConnection";
  medium.run();
  EXPECT_EQ(c.journal,
            (Journal{"close reset", "drained 1 std::runtime_error", "drained 2 std::runtime_error",
                     "lost std::runtime_error", "medium lost"}));
}

TEST_F(Drain, FailsWhenTheMediumFails) {
  wait();
  medium.breakDown(std::errc::connection_reset);
  EXPECT_EQ(c.journal, (Journal{"close reset", "drained plait::ConnectionLost",
                                "lost plait::ConnectionLost", "medium lost"}));
}

TEST_F(Drain, FailsWhenTheSendFails) {
  wait();
  medium.failingSend = medium.sendCalls + 1;
  makeRoom();
  EXPECT_EQ(c.journal, (Journal{"close reset", "drained plait::ConnectionLost",
                                "lost plait::ConnectionLost", "medium lost"}));
}

TEST_F(Drain, FailsWhenACloseTakesTooLong) {
  wait();
  medium.loseConnection();
  medium.run();
  c.clock.advance(medium.transportOptions().closeTimeout);
  medium.run();
  EXPECT_EQ(c.journal, (Journal{"close reset", "drained plait::CloseTimeout",
                                "lost plait::CloseTimeout", "medium lost"}));
}

TEST_F(Drain, FailsForThoseWhoAskAfterAnAbort) {
  medium.abortConnection();
  wait();
  EXPECT_EQ(c.journal, Journal());
  medium.run();
  EXPECT_EQ(c.journal, (Journal{"close reset", "drained plait::ConnectionAborted",
                                "lost plait::ConnectionAborted", "medium lost"}));
}

TEST_F(Drain, FailsAtOnceAfterTheLossWithTheSameReason) {
  c.protocol->whenLost = [this] { wait(" inside"); };
  medium.breakDown(std::errc::connection_reset);
  wait(" after");
  EXPECT_EQ(c.journal, (Journal{"close reset", "lost plait::ConnectionLost",
                                "drained inside plait::ConnectionLost", "medium lost",
                                "drained after plait::ConnectionLost"}));
}

TEST_F(Drain, FailsWithTheSameReasonForAProducerThatIsStopped) {
  c.push.whenStopped = [this] { wait(); };
  medium.registerProducer(c.push);
  medium.breakDown(std::errc::connection_reset);
  EXPECT_EQ(c.journal, (Journal{"stop", "drained plait::ConnectionLost", "close reset",
                                "lost plait::ConnectionLost", "medium lost"}));
}

// --- With producers --------------------------------------------------------------------

TEST_F(Drain, IsToldThoughAPullProducerWritesOn) {
  medium.registerProducer(c.pull);
  c.pull.whenResumed = [this] { medium.write("pulled"); };
  c.takeJournal();
  wait();
  medium.makeRoom(4);
  EXPECT_EQ(c.journal, (Journal{"drained", "resume"})) << "what it waited for has been sent";
}

TEST_F(Drain, IsNotToldOfBytesThatAProducersAbortDropped) {
  medium.setTransportOptions({.highWaterMark = 4, .lowWaterMark = 2});
  medium.registerProducer(c.push);
  medium.write("defg");
  c.push.whenResumed = [this] { medium.abortConnection(); };
  wait();
  medium.makeRoom(5);
  EXPECT_EQ(c.journal,
            (Journal{"pause", "resume", "stop", "close reset", "drained plait::ConnectionAborted",
                     "lost plait::ConnectionAborted", "medium lost"}));
}

// --- What one who is told may do -------------------------------------------------------

TEST_F(Drain, LetsAWaiterWriteMoreAndWaitAgain) {
  wait(" 1", [this] {
    medium.room = 0;
    medium.write("more");
    wait(" again");
  });
  wait(" 2");
  makeRoom();
  EXPECT_EQ(c.journal, (Journal{"drained 1", "drained 2"}));
  EXPECT_EQ(medium.bufferedBytes(), 4u);
  makeRoom();
  EXPECT_EQ(c.journal, (Journal{"drained 1", "drained 2", "drained again"}));
  EXPECT_EQ(medium.sent, "abcmore");
}

TEST_F(Drain, LetsAWaiterWaitAgainAtOnce) {
  wait(" 1", [this] { wait(" again"); });
  wait(" 2");
  makeRoom();
  EXPECT_EQ(c.journal, (Journal{"drained 1", "drained again", "drained 2"}));
}

TEST_F(Drain, LetsAWaiterClose) {
  wait("", [this] {
    medium.write("bye");
    medium.loseConnection();
  });
  makeRoom();
  EXPECT_EQ(medium.sent, "abcbye");
  EXPECT_EQ(c.journal,
            (Journal{"drained", "close orderly", "lost plait::ConnectionDone", "medium lost"}));
}

TEST_F(Drain, LetsAWaiterAbort) {
  wait(" 1", [this] { medium.abortConnection(); });
  wait(" 2");
  makeRoom();
  EXPECT_EQ(c.journal, (Journal{"drained 1", "drained 2", "close reset",
                                "lost plait::ConnectionAborted", "medium lost"}));
}

TEST_F(Drain, ResumesNoProducerThatAWaiterHasAborted) {
  medium.registerProducer(c.pull);
  c.takeJournal();
  wait("", [this] { medium.abortConnection(); });
  makeRoom();
  EXPECT_EQ(c.journal, (Journal{"drained", "stop", "close reset", "lost plait::ConnectionAborted",
                                "medium lost"}));
}

TEST_F(Drain, LosesTheConnectionWithWhatAWaiterThrows) {
  wait(" 1", [] { throw std::runtime_error("broken"); });
  wait(" 2");
  makeRoom();
  EXPECT_EQ(c.journal, (Journal{"drained 1", "drained 2", "close orderly",
                                "lost std::runtime_error", "medium lost"}));
  EXPECT_EQ(c.log.failures(), std::vector<std::string>{"broken"});
}

TEST_F(Drain, LogsWhatAWaiterThrowsWhenTheConnectionIsLost) {
  wait(" 1", [] { throw std::runtime_error("broken"); });
  wait(" 2");
  medium.abortConnection();
  medium.run();
  EXPECT_EQ(c.journal, (Journal{"close reset", "drained 1 plait::ConnectionAborted",
                                "drained 2 plait::ConnectionAborted",
                                "lost plait::ConnectionAborted", "medium lost"}));
  EXPECT_EQ(c.log.failures(), std::vector<std::string>{"broken"});
}

}  // namespace
}  // namespace testing
}  // namespace plait
