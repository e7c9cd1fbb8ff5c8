#include <thread>

#include "support/net_test.hpp"

namespace plait::testing {
namespace {

TEST(CallFromThread, ArrivesFromManyThreadsInTheOrderOfEach) {
  constexpr int kThreads = 8;
  constexpr int kCalls = 2000;
  Reactor reactor(kNoSignals);
  std::vector<std::vector<int>> seen(kThreads);
  int total = 0;
  std::vector<std::thread> threads;
  reactor.callWhenRunning([&] {
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kCalls; ++i) {
          reactor.callFromThread([&, t, i] {
            seen[static_cast<std::size_t>(t)].push_back(i);
            if (++total == kThreads * kCalls) reactor.stop();
          });
        }
      });
    }
  });
  reactor.run();
  for (auto& thread : threads) thread.join();
  for (const auto& of : seen) {
    EXPECT_EQ(of.size(), static_cast<std::size_t>(kCalls));
    EXPECT_TRUE(std::is_sorted(of.begin(), of.end()));
  }
}

TEST(CallFromThread, RunsOnTheReactorsThread) {
  Reactor reactor(kNoSignals);
  std::thread::id where;
  std::thread other([&] {
    reactor.callFromThread([&] {
      where = std::this_thread::get_id();
      reactor.stop();
    });
  });
  reactor.run();
  other.join();
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(CallFromThread, MadeBeforeTheReactorRunsItWaits) {
  Reactor reactor(kNoSignals);
  Events events;
  reactor.callFromThread([&] {
    events.push_back("called");
    reactor.stop();
  });
  events.push_back("not yet");
  reactor.run();
  EXPECT_THAT(events, ElementsAre("not yet", "called"));
}

TEST(CallFromThread, IsNeverRunFromInsideTheCall) {
  Reactor reactor(kNoSignals);
  Events events;
  reactor.callWhenRunning([&] {
    reactor.callFromThread([&] {
      events.push_back("call");
      reactor.stop();
    });
    events.push_back("caller");
  });
  reactor.run();
  EXPECT_THAT(events, ElementsAre("caller", "call"));
}

TEST(CallFromThread, WakesAReactorThatSleeps) {
  Reactor reactor(kNoSignals);
  reactor.callLater(1h, [] { FAIL() << "the reactor slept on"; });
  int rounds = 0;
  std::atomic<int> answered = 0;
  std::thread other([&] {
    for (int i = 1; i <= 100; ++i) {
      reactor.callFromThread([&] {
        if (++rounds == 100) reactor.stop();
        ++answered;
        answered.notify_one();
      });
      for (int n = answered; n < i; n = answered) answered.wait(n);
    }
  });
  reactor.run();
  other.join();
  EXPECT_EQ(rounds, 100);
}

TEST(CallFromThread, WhatOneThrowsIsLoggedAndTheOthersRun) {
  CapturedLog captured;
  Reactor reactor({.log = &captured.log, .installSignalHandlers = false});
  reactor.callFromThread([] { throw std::runtime_error("broken call"); });
  reactor.callFromThread([&] { reactor.stop(); });
  reactor.run();
  ASSERT_EQ(captured.errors(), 1u);
  EXPECT_EQ(captured.count(LogLevel::error, "a call from a thread threw"), 1u);
}

TEST(CallFromThread, CallsThatWereNotMadeAreDroppedWithTheReactor) {
  auto held = std::make_shared<int>(1);
  {
    Reactor reactor(kNoSignals);
    reactor.callFromThread([held] { FAIL() << "called from the destructor"; });
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(CallFromThread, TakesCallsThatCannotBeCopied) {
  Reactor reactor(kNoSignals);
  auto value = std::make_unique<int>(7);
  int seen = 0;
  reactor.callFromThread([&, value = std::move(value)] {
    seen = *value;
    reactor.stop();
  });
  reactor.run();
  EXPECT_EQ(seen, 7);
}

}  // namespace
}  // namespace plait::testing
