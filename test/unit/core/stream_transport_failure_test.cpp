// What throws, what fails, and what is called from inside callbacks.
#include <gtest/gtest.h>

#include <stdexcept>

#include "scripted_medium.hpp"

namespace plait::testing {
namespace {

using Connection = ScriptedConnection<HalfCloseableScript>;

[[noreturn]] void fail() {
  throw std::runtime_error("broken");
}

int countOf(const Journal& journal, std::string_view start) {
  return static_cast<int>(
      std::count_if(journal.begin(), journal.end(),
                    [start](const std::string& entry) { return entry.starts_with(start); }));
}

/// One way into user code: how to make a callback do something, and how to make it happen.
struct Callback {
  const char* name;
  void (*script)(Connection&, std::function<void()>);
  void (*trigger)(Connection&);
};

void nothing(Connection&) {}
void overflow(Connection& c) {
  c.medium->write(Bytes(65537, 'x'));
}

const Callback kCallbacks[] = {
    {"connectionMade", [](Connection& c, std::function<void()> act) { c.protocol->whenMade = act; },
     nothing},
    {"dataReceived",
     [](Connection& c, std::function<void()> act) {
       c.protocol->whenData = [act](BytesView) { act(); };
     },
     [](Connection& c) { c.medium->give("data"); }},
    {"readConnectionLost",
     [](Connection& c, std::function<void()> act) { c.protocol->whenReadLost = act; },
     [](Connection& c) { c.medium->giveEOF(); }},
    {"writeConnectionLost",
     [](Connection& c, std::function<void()> act) { c.protocol->whenWriteLost = act; },
     [](Connection& c) {
       c.medium->loseWriteConnection();
       c.medium->run();
     }},
    {"pauseProducing", [](Connection& c, std::function<void()> act) { c.push.whenPaused = act; },
     [](Connection& c) {
       c.medium->room = 0;
       c.medium->registerProducer(c.push);
       overflow(c);
     }},
    {"resumeProducing of a push producer",
     [](Connection& c, std::function<void()> act) { c.push.whenResumed = act; },
     [](Connection& c) {
       c.medium->registerProducer(c.push);
       overflow(c);
       c.medium->run();
     }},
    {"resumeProducing of a pull producer",
     [](Connection& c, std::function<void()> act) {
       c.pull.whenResumed = [&c, act] {
         if (countOf(c.journal, "resume") == 2) act();
       };
     },
     [](Connection& c) {
       c.medium->registerProducer(c.pull);
       c.medium->write("x");
       c.medium->run();
     }},
};

/// Runs `act` from inside every callback, then `check`.
template <class Act, class Check>
void fromInsideEach(Act act, Check check) {
  for (const Callback& callback : kCallbacks) {
    SCOPED_TRACE(callback.name);
    Connection c;
    callback.script(c, [&c, &act] { act(c); });
    c.connect();
    callback.trigger(c);
    c.medium->makeRoom(SIZE_MAX);
    c.medium->run();
    check(c);
    EXPECT_LE(countOf(c.journal, "lost"), 1);
    if (c.medium->connected()) c.medium->abortConnection();
    c.medium->run();
  }
}

TEST(StreamTransportFailure, OfACallbackLosesTheConnectionWithItsException) {
  fromInsideEach([](Connection&) { fail(); },
                 [](Connection& c) {
                   ASSERT_TRUE(c.protocol->why);
                   EXPECT_EQ(c.protocol->why->getErrorMessage(), "broken");
                   EXPECT_EQ(c.log.failures(), std::vector<std::string>{"broken"});
                   EXPECT_EQ(c.log.entries[0].source,
                             "plait::testing::HalfCloseableScript 1.2.3.4:5");
                   EXPECT_EQ(countOf(c.journal, "lost"), 1);
                   EXPECT_EQ(c.journal.back(), "medium lost");
                   EXPECT_EQ(countOf(c.journal, "close orderly"), 1);
                 });
}

TEST(StreamTransportFailure, OfACallbackMayBeAnyObject) {
  fromInsideEach([](Connection&) { throw 42; },
                 [](Connection& c) {
                   ASSERT_TRUE(c.protocol->why);
                   EXPECT_NE(c.protocol->why->check<int>(), nullptr);
                 });
}

TEST(StreamTransportFailure, OfACallbackSendsWhatWasWrittenBefore) {
  Connection c;
  c.protocol->whenData = [&](BytesView) {
    c.medium->write("half an answer");
    fail();
  };
  c.connect();
  c.medium->give("x");
  EXPECT_EQ(c.medium->sent, "half an answer");
  EXPECT_EQ(c.protocol->why->getErrorMessage(), "broken");
}

TEST(StreamTransportFailure, OfACallbackOvertakesAnOrderlyReason) {
  Connection c;
  c.protocol->whenData = [&](BytesView) {
    c.medium->loseConnection();
    fail();
  };
  c.connect();
  c.medium->give("x");
  EXPECT_EQ(c.protocol->why->getErrorMessage(), "broken");
}

TEST(StreamTransportFailure, OfACallbackDoesNotUndoAnAbort) {
  Connection c;
  c.protocol->whenData = [&](BytesView) {
    c.medium->abortConnection();
    fail();
  };
  c.connect();
  c.medium->give("x");
  EXPECT_EQ(c.protocol->why->typeName(), "plait::ConnectionAborted");
  EXPECT_EQ(countOf(c.journal, "close reset"), 1);
}

TEST(StreamTransportFailure, OfACallbackDoesNotWaitForAProducer) {
  Connection c;
  c.protocol->whenData = [](BytesView) { fail(); };
  c.connect();
  c.medium->registerProducer(c.push);
  c.medium->give("x");
  EXPECT_EQ(c.journal, (Journal{"made", "data x", "stop", "close orderly",
                                "lost std::runtime_error", "medium lost"}));
}

TEST(StreamTransportFailure, OfStopProducingDoesNotHideTheFailureBeforeIt) {
  Connection c;
  c.protocol->whenData = [](BytesView) { fail(); };
  c.push.whenStopped = [] { throw std::logic_error("also this"); };
  c.connect();
  c.medium->registerProducer(c.push);
  c.medium->give("x");
  ASSERT_TRUE(c.protocol->why);
  EXPECT_EQ(c.protocol->why->getErrorMessage(), "broken");
  EXPECT_EQ(c.log.failures(), (std::vector<std::string>{"broken", "also this"}));
}

TEST(StreamTransportFailure, OfStopProducingIsLoggedAndHarmsNothing) {
  Connection c;
  c.push.whenStopped = fail;
  c.connect();
  c.medium->registerProducer(c.push);
  c.medium->abortConnection();
  c.medium->run();
  EXPECT_EQ(c.protocol->why->typeName(), "plait::ConnectionAborted");
  EXPECT_EQ(c.log.failures(), std::vector<std::string>{"broken"});
}

TEST(StreamTransportFailure, OfConnectionLostIsLoggedAndHarmsNothing) {
  Connection c;
  c.protocol->whenLost = fail;
  c.connect();
  c.medium->loseConnection();
  c.medium->run();
  EXPECT_EQ(c.journal.back(), "medium lost");
  EXPECT_EQ(countOf(c.journal, "lost"), 1);
  EXPECT_EQ(c.log.failures(), std::vector<std::string>{"broken"});
}

TEST(StreamTransportFailure, OfAFirstPullReachesTheCallbackThatRegistered) {
  Connection c;
  c.pull.whenResumed = fail;
  c.protocol->whenMade = [&] { c.medium->registerProducer(c.pull); };
  c.connect();
  EXPECT_EQ(c.protocol->why->getErrorMessage(), "broken");
  EXPECT_EQ(c.journal,
            (Journal{"made", "resume", "close orderly", "lost std::runtime_error", "medium lost"}));
}

TEST(StreamTransportFailure, IsToldForCodeOutsideTheCallbacks) {
  Connection c;
  c.connect();
  c.medium->failConnection(Failure(std::runtime_error("in a timer")), "the timer");
  EXPECT_TRUE(c.medium->connected());
  c.medium->run();
  EXPECT_EQ(c.protocol->why->getErrorMessage(), "in a timer");
  EXPECT_EQ(c.log.entries[0].message, "the timer threw, the connection is closed");
}

// --- From inside each callback ---------------------------------------------------------

struct Nameless : ScriptedProtocol {
  using ScriptedProtocol::ScriptedProtocol;
  std::string logPrefix() const override { throw std::runtime_error("no name"); }
};

TEST(StreamTransportFailure, OfAProtocolsNameCostsTheNameOnly) {
  ScriptedConnection<Nameless> c;
  c.connect();
  c.protocol->whenData = [](BytesView) { fail(); };
  c.medium->give("x");
  EXPECT_EQ(c.protocol->why.value().getErrorMessage(), "broken");
  ASSERT_EQ(c.log.entries.size(), 1u);
  EXPECT_TRUE(c.log.entries[0].source.starts_with("connection ")) << c.log.entries[0].source;
}

TEST(StreamTransportCallbacks, MayWrite) {
  for (const Callback& callback : kCallbacks) {
    if (callback.name == std::string_view("writeConnectionLost")) continue;  // nothing to write to
    SCOPED_TRACE(callback.name);
    Connection c;
    callback.script(c, [&c] {
      const int before = c.medium->sendCalls;
      c.medium->write("written inside");
      EXPECT_EQ(c.medium->sendCalls, before) << "write re-entered the medium";
    });
    c.connect();
    callback.trigger(c);
    c.medium->makeRoom(SIZE_MAX);
    EXPECT_NE(c.medium->sent.find("written inside"), Bytes::npos);
    c.medium->abortConnection();
    c.medium->run();
  }
}

TEST(StreamTransportCallbacks, MayCloseTheConnection) {
  fromInsideEach(
      [](Connection& c) {
        c.medium->loseConnection();
        EXPECT_EQ(countOf(c.journal, "lost"), 0) << "connectionLost came from inside";
        c.medium->unregisterProducer();
      },
      [](Connection& c) {
        EXPECT_EQ(c.journal.back(), "medium lost");
        EXPECT_EQ(c.protocol->why->typeName(), "plait::ConnectionDone");
      });
}

TEST(StreamTransportCallbacks, MayAbortTheConnection) {
  fromInsideEach(
      [](Connection& c) {
        c.medium->abortConnection();
        EXPECT_EQ(countOf(c.journal, "lost"), 0) << "connectionLost came from inside";
      },
      [](Connection& c) {
        EXPECT_EQ(c.journal.back(), "medium lost");
        EXPECT_EQ(c.protocol->why->typeName(), "plait::ConnectionAborted");
      });
}

TEST(StreamTransportCallbacks, MayCloseTheWriteSide) {
  fromInsideEach(
      [](Connection& c) {
        c.medium->unregisterProducer();
        c.medium->loseWriteConnection();
      },
      [](Connection& c) { EXPECT_EQ(countOf(c.journal, "write lost"), 1); });
}

TEST(StreamTransportCallbacks, MayUnregisterTheProducer) {
  fromInsideEach([](Connection& c) { c.medium->unregisterProducer(); },
                 [](Connection& c) { EXPECT_EQ(countOf(c.journal, "stop"), 0); });
}

TEST(StreamTransportCallbacks, MayPauseReading) {
  fromInsideEach([](Connection& c) { c.medium->pauseProducing(); },
                 [](Connection& c) { EXPECT_FALSE(c.medium->reading()); });
}

TEST(StreamTransportCallbacks, MayDoAnythingInConnectionLost) {
  Connection c;
  c.protocol->whenLost = [&] {
    c.medium->write("x");
    c.medium->loseConnection();
    c.medium->abortConnection();
    c.medium->unregisterProducer();
    c.medium->registerProducer(c.push);
    c.protocol.reset();
  };
  c.connect();
  c.medium->loseConnection();
  c.medium->run();
  EXPECT_EQ(c.journal, (Journal{"made", "close orderly", "lost plait::ConnectionDone", "stop",
                                "medium lost"}));
  EXPECT_EQ(c.medium->sent, "");
}

// --- The medium fails ------------------------------------------------------------------

TEST(StreamTransportMedium, LosesTheConnectionWithTheSystemsError) {
  Connection c;
  c.connect();
  c.medium->write("unsent");
  c.medium->breakDown(std::errc::connection_reset);
  const auto* lost = c.protocol->why->check<ConnectionLost>();
  ASSERT_NE(lost, nullptr);
  EXPECT_EQ(lost->osError, std::errc::connection_reset);
  c.medium->breakDown(std::errc::connection_reset);
  EXPECT_EQ(countOf(c.journal, "lost"), 1);
}

TEST(StreamTransportMedium, DoesNotHideAReasonThatWasThereFirst) {
  Connection c;
  c.connect();
  c.medium->room = 0;
  c.medium->write("unsent");
  c.medium->loseConnection(Failure(std::runtime_error("mine")));
  c.medium->breakDown(std::errc::connection_reset);
  EXPECT_EQ(c.protocol->why->getErrorMessage(), "mine");
}

TEST(StreamTransportMedium, TurnsAnUnfinishedCloseIntoALoss) {
  Connection c;
  c.connect();
  c.medium->room = 0;
  c.medium->write("unsent");
  c.medium->loseConnection();
  c.medium->run();
  c.medium->breakDown(std::errc::broken_pipe);
  EXPECT_EQ(c.protocol->why->typeName(), "plait::ConnectionLost");
}

/// A conversation of ten sends in which much happens.
void converse(Connection& c) {
  c.medium->largestSend = 10;
  c.protocol->whenMade = [&] { c.medium->write("hello, this is a greeting"); };
  c.protocol->whenData = [&](BytesView data) { c.medium->write(data); };
  c.pull.whenResumed = [&, left = 3]() mutable {
    c.medium->write("pulled");
    if (--left == 0) c.medium->unregisterProducer();
  };
  c.connect();
  c.medium->give("some data to be echoed");
  if (c.medium->connected()) c.medium->registerProducer(c.pull);
  c.medium->run();
  c.medium->giveEOF();
  c.medium->loseConnection();
  c.medium->run();
}

TEST(StreamTransportMedium, MayFailAtAnySend) {
  Connection whole;
  converse(whole);
  ASSERT_EQ(whole.protocol->why->typeName(), "plait::ConnectionDone");
  ASSERT_GE(whole.medium->sendCalls, 9);
  for (int n = 1; n <= whole.medium->sendCalls; ++n) {
    SCOPED_TRACE("send " + std::to_string(n) + " fails");
    Connection c;
    c.medium->failingSend = n;
    converse(c);
    ASSERT_TRUE(c.protocol->why);
    const auto* lost = c.protocol->why->check<ConnectionLost>();
    ASSERT_NE(lost, nullptr);
    EXPECT_EQ(lost->osError, std::errc::broken_pipe);
    EXPECT_EQ(c.medium->sendCalls, n) << "it was sent to after it had failed";
    EXPECT_EQ(countOf(c.journal, "lost"), 1);
    EXPECT_EQ(countOf(c.journal, "close reset"), 1);
    EXPECT_EQ(c.journal.back(), "medium lost");
    EXPECT_TRUE(whole.medium->sent.starts_with(c.medium->sent));
    EXPECT_TRUE(c.log.failures().empty());
  }
}

}  // namespace
}  // namespace plait::testing
