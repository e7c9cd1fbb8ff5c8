#include <gmock/gmock.h>

#include <plait/deferred/defer_later.hpp>
#include <plait/deferred/gather_results.hpp>
#include <plait/deferred/react.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <stdexcept>

#include "../support/recorded_log.hpp"

namespace plait {
namespace {

using namespace std::chrono_literals;
using task::react;
using task::SystemExit;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Runs until it has been stopped, as fast as it can. Its patience ends after a minute.
struct TestReactor : testing::MemoryReactor {
  using MemoryReactor::MemoryReactor;

  void run() override {
    MemoryReactor::run();
    while (running() && seconds() < 60) advance(100ms);
  }
};

struct ReactTest : ::testing::Test {
  testing::RecordedLog recorded;
  TestReactor reactor{recorded.log};
};

Deferred<void> sleepAndReturn(TestReactor& reactor) {
  co_await deferLater(reactor, 1s);
}

TEST_F(ReactTest, RunsUntilMainHasEnded) {
  EXPECT_EQ(react(reactor, sleepAndReturn), 0);
  EXPECT_FALSE(reactor.running());
  EXPECT_DOUBLE_EQ(reactor.seconds(), 1);
  EXPECT_THAT(recorded.entries, IsEmpty());
}

TEST_F(ReactTest, CallsMainWhenTheReactorRuns) {
  bool running = false;
  react(reactor, [&](TestReactor& r) { running = r.running(); });
  EXPECT_TRUE(running);
}

TEST_F(ReactTest, ReturnsWhatMainReturns) {
  EXPECT_EQ(react(reactor, [](TestReactor&) {}), 0);
  EXPECT_EQ(react(reactor, [](TestReactor&) { return 3; }), 3);
  EXPECT_EQ(react(reactor, [](TestReactor&) { return succeed(); }), 0);
  EXPECT_EQ(react(reactor, [](TestReactor&) { return succeed(4); }), 4);
  EXPECT_EQ(react(reactor,
                  [](TestReactor& r) -> Deferred<int> {
                    co_await deferLater(r, 1s);
                    co_return 5;
                  }),
            5);
}

TEST_F(ReactTest, PassesArgumentsOn) {
  auto main = [](TestReactor&, int a, std::unique_ptr<int> b) { return a + *b; };
  EXPECT_EQ(react(reactor, main, 1, std::make_unique<int>(2)), 3);
}

TEST_F(ReactTest, LogsAFailureAndReturnsOne) {
  EXPECT_EQ(react(reactor,
                  [](TestReactor& r) -> Deferred<void> {
                    co_await deferLater(r, 1s);
                    throw std::runtime_error("lost");
                  }),
            1);
  EXPECT_FALSE(reactor.running());
  ASSERT_EQ(recorded.entries.size(), 1u);
  EXPECT_EQ(recorded.entries[0].level, LogLevel::critical);
  EXPECT_EQ(recorded.entries[0].source, "plait.task");
  EXPECT_EQ(recorded.entries[0].message, "main function encountered error");
  EXPECT_EQ(recorded.entries[0].failure, "lost");
}

TEST_F(ReactTest, LogsWhatMainThrows) {
  EXPECT_EQ(react(reactor, [](TestReactor&) { throw std::runtime_error("at once"); }), 1);
  EXPECT_EQ(react(reactor,
                  [](TestReactor&) -> Deferred<void> { throw std::runtime_error("no Deferred"); }),
            1);
  EXPECT_THAT(recorded.failures(), ElementsAre("at once", "no Deferred"));
  EXPECT_FALSE(reactor.running());
}

TEST_F(ReactTest, ExitsQuietlyWithTheCodeOfASystemExit) {
  EXPECT_EQ(react(reactor, [](TestReactor&) { throw SystemExit(7); }), 7);
  EXPECT_EQ(react(reactor, [](TestReactor&) { return fail(SystemExit()); }), 0);
  EXPECT_THAT(recorded.entries, IsEmpty());
}

TEST_F(ReactTest, RefusesAReactorThatRuns) {
  reactor.callWhenRunning([&] {
    EXPECT_THROW(react(reactor, [](TestReactor&) { ADD_FAILURE(); }), ReactorAlreadyRunning);
    reactor.stop();
  });
  reactor.run();
}

TEST_F(ReactTest, MayBeUsedAgain) {
  EXPECT_EQ(react(reactor, sleepAndReturn), 0);
  EXPECT_EQ(react(reactor, sleepAndReturn), 0);
  EXPECT_DOUBLE_EQ(reactor.seconds(), 2);
}

// --- When the reactor is stopped -------------------------------------------------------

TEST_F(ReactTest, CancelsMainWhenTheReactorIsStopped) {
  bool cancelled = false;
  reactor.callLater(1s, [&] { reactor.stop(); });
  EXPECT_EQ(react(reactor,
                  [&](TestReactor& r) -> Deferred<void> {
                    try {
                      co_await deferLater(r, 10s);
                    } catch (const CancelledError&) {
                      cancelled = true;
                      throw;
                    }
                  }),
            0);
  EXPECT_TRUE(cancelled);
  EXPECT_DOUBLE_EQ(reactor.seconds(), 1);
  EXPECT_THAT(recorded.entries, IsEmpty());
}

TEST_F(ReactTest, CancelsWhatMainHasGathered) {
  reactor.callLater(1s, [&] { reactor.stop(); });
  EXPECT_EQ(react(reactor,
                  [](TestReactor& r) -> Deferred<void> {
                    std::vector<Deferred<void>> all{deferLater(r, 10s), deferLater(r, 20s)};
                    co_await gatherResults(std::move(all), {.consumeErrors = true});
                  }),
            0);
  EXPECT_THAT(recorded.entries, IsEmpty());
}

TEST_F(ReactTest, HeedsWhatACancelledMainReturns) {
  reactor.callLater(1s, [&] { reactor.stop(); });
  EXPECT_EQ(react(reactor,
                  [&](TestReactor& r) -> Deferred<int> {
                    try {
                      co_await deferLater(r, 10s);
                    } catch (const CancelledError&) {
                    }
                    co_return 6;
                  }),
            6);
}

TEST_F(ReactTest, LogsWhatACancelledMainFailsWith) {
  reactor.callLater(1s, [&] { reactor.stop(); });
  Deferred<void> main([](Deferred<void>& self) { self.errback(std::runtime_error("unclean")); });
  EXPECT_EQ(react(reactor, [&](TestReactor&) { return main; }), 1);
  EXPECT_THAT(recorded.failures(), ElementsAre("unclean"));
}

TEST_F(ReactTest, TakesACancelledErrorOfMainsOwnForAFailure) {
  EXPECT_EQ(react(reactor, [](TestReactor&) { return fail(CancelledError()); }), 1);
  EXPECT_EQ(recorded.failures().size(), 1u);
}

TEST_F(ReactTest, WaitsForACancelledMainToWindUp) {
  bool shutDown = false;
  reactor.addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] { shutDown = true; });
  reactor.callLater(1s, [&] { reactor.stop(); });
  EXPECT_EQ(react(reactor,
                  [&](TestReactor& r) -> Deferred<int> {
                    try {
                      co_await deferLater(r, 10s);
                    } catch (const CancelledError&) {
                    }
                    co_await deferLater(r, 2s);
                    EXPECT_FALSE(shutDown);
                    co_return 6;
                  }),
            6);
  EXPECT_TRUE(shutDown);
  EXPECT_DOUBLE_EQ(reactor.seconds(), 3);
}

TEST_F(ReactTest, CancelsAMainThatStopsTheReactorAndGoesOn) {
  EXPECT_EQ(react(reactor,
                  [](TestReactor& r) -> Deferred<void> {
                    r.stop();
                    co_await deferLater(r, 10s);
                  }),
            0);
  EXPECT_EQ(reactor.pendingCalls(), 0u);
  EXPECT_THAT(recorded.entries, IsEmpty());
}

TEST_F(ReactTest, ComplainsOfAMainThatDoesNotEnd) {
  auto captured = std::make_shared<int>(7);
  int seen = 0;
  reactor.callLater(1s, [&] { reactor.stop(); });
  EXPECT_EQ(react(reactor,
                  [captured, &seen](TestReactor& r) -> Deferred<int> {
                    try {
                      co_await deferLater(r, 10s);
                    } catch (const CancelledError&) {
                    }
                    co_await deferLater(r, 100s);
                    seen = *captured;
                    co_return 0;
                  }),
            1);
  ASSERT_EQ(recorded.entries.size(), 1u);
  EXPECT_EQ(recorded.entries[0].level, LogLevel::critical);
  EXPECT_EQ(recorded.entries[0].message, "main function had not ended when the reactor stopped");
  // It may go on if its reactor does.
  reactor.advance(100s);
  EXPECT_EQ(seen, 7);
  EXPECT_EQ(captured.use_count(), 1);
}

TEST_F(ReactTest, AllowsMainToStopTheReactorItself) {
  EXPECT_EQ(react(reactor,
                  [](TestReactor& r) {
                    r.stop();
                    return 2;
                  }),
            2);
  EXPECT_THAT(recorded.entries, IsEmpty());
}

TEST_F(ReactTest, LeavesNothingBehind) {
  react(reactor, sleepAndReturn);
  reactor.fireSystemEvent("shutdown");
  EXPECT_EQ(reactor.pendingCalls(), 0u);
  EXPECT_THAT(recorded.entries, IsEmpty());
}

}  // namespace
}  // namespace plait
