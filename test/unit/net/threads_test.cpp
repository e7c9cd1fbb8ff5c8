#include <latch>
#include <plait/deferred/defer_later.hpp>
#include <plait/deferred/threads.hpp>
#include <thread>

#include "support/held_lookup.hpp"
#include "support/net_test.hpp"

namespace plait::testing {
namespace {

/// A reactor that runs until a test has what it wanted.
class Threads : public ::testing::Test {
 protected:
  template <class T>
  Result<T> resultOf(const Deferred<T>& deferred) {
    std::optional<Result<T>> result;
    deferred.addBoth([&](Result<T> r) {
      result.emplace(std::move(r));
      EXPECT_EQ(std::this_thread::get_id(), here);
      if (reactor->running()) reactor->stop();
    });
    if (!result) reactor->run();
    return std::move(*result);
  }

  const std::thread::id here = std::this_thread::get_id();
  CapturedLog captured;
  std::unique_ptr<Reactor> reactor = std::make_unique<Reactor>(
      ReactorOptions{.log = &captured.log, .installSignalHandlers = false});
};

TEST_F(Threads, WorkElsewhereAndAnswerHere) {
  auto result = resultOf(deferToThread(*reactor, [] { return std::this_thread::get_id(); }));
  EXPECT_NE(result.value(), here);
}

TEST_F(Threads, TakeArgumentsAndGiveWhatOnlyMoves) {
  auto result = resultOf(deferToThread(
      *reactor, [](std::unique_ptr<int> n, int m) { return std::make_unique<int>(*n + m); },
      std::make_unique<int>(40), 2));
  EXPECT_EQ(*result.value(), 42);
}

TEST_F(Threads, GiveWhatIsThrown) {
  const auto result =
      resultOf(deferToThread(*reactor, [] { throw std::runtime_error("no such table"); }));
  ASSERT_FALSE(result.success());
  EXPECT_EQ(result.failure().getErrorMessage(), "no such table");
}

TEST_F(Threads, LogWhatACallThrows) {
  reactor->callInThread([] { throw std::runtime_error("out of paper"); });
  reactor->callWhenRunning([this] { reactor->stop(); });
  reactor->run();
  EXPECT_TRUE(captured.hasFailure("out of paper"));
}

TEST_F(Threads, AreAsManyAsWorkNeeds) {
  constexpr int kTasks = 10;
  std::latch all(kTasks);  // open only when all of them run at once
  int done = 0;
  for (int i = 0; i < kTasks; ++i) {
    deferToThread(*reactor, [&all] { all.arrive_and_wait(); }).addCallback([&] {
      if (++done == kTasks) reactor->stop();
    });
  }
  reactor->run();
  EXPECT_EQ(done, kTasks);
}

TEST_F(Threads, AreNoMoreThanSuggested) {
  reactor->suggestThreadPoolSize(2);
  std::atomic<int> running = 0;
  std::atomic<int> most = 0;
  int done = 0;
  for (int i = 0; i < 100; ++i) {
    deferToThread(*reactor, [&] {
      const int now = ++running;
      int before = most;
      while (before < now && !most.compare_exchange_weak(before, now)) {
      }
      std::this_thread::yield();
      --running;
    }).addCallback([&] {
      if (++done == 100) reactor->stop();
    });
  }
  reactor->run();
  EXPECT_LE(most, 2);
  EXPECT_THROW(reactor->suggestThreadPoolSize(0), std::invalid_argument);
}

TEST_F(Threads, KeepTheOrderWhenThereIsOne) {
  reactor->suggestThreadPoolSize(1);
  std::vector<int> seen;
  for (int i = 0; i < 100; ++i) {
    reactor->callInThread([&seen, i] { seen.push_back(i); });
  }
  reactor->callWhenRunning([this] { reactor->stop(); });
  reactor->run();
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(Threads, DoNotHoldUpNames) {
  reactor->suggestThreadPoolSize(1);
  HeldLookup lookup({"127.0.0.1"});
  std::latch release(1);
  reactor->callInThread([&] { release.wait(); });
  auto server = ScriptedFactory::make();
  auto client = ScriptedFactory::make();
  const auto port = reactor->listenTCP(0, server, {.interface = "127.0.0.1"});
  reactor->connectTCP("some.held", port->getHost().port(), client);
  client->script.made = [&](Connection&) {
    release.count_down();
    reactor->stop();
  };
  lookup.release();
  reactor->run();
  EXPECT_EQ(client->connections.size(), 1u);
}

TEST_F(Threads, AskTheReactor) {
  auto result = resultOf(deferToThread(*reactor, [this] {
    return blockingCallFromThread(*reactor, [] { return std::this_thread::get_id(); });
  }));
  EXPECT_EQ(result.value(), here);
}

TEST_F(Threads, WaitForADeferredOfTheReactors) {
  auto result = resultOf(deferToThread(*reactor, [this] {
    return blockingCallFromThread(
        *reactor,
        [this](int n) {
          Deferred<int> later;
          reactor->callLater(1ms, [later, n]() mutable { later.callback(n + 1); });
          return later;
        },
        41);
  }));
  EXPECT_EQ(result.value(), 42);
}

TEST_F(Threads, WaitForACoroutineWithCaptures) {
  auto result = resultOf(deferToThread(*reactor, [this] {
    return blockingCallFromThread(
        *reactor,
        [this,
         text = std::string("a text too long to be kept in place")]() -> Deferred<std::string> {
          co_await deferLater(*reactor, 1ms);
          co_return text;
        });
  }));
  EXPECT_EQ(result.value(), "a text too long to be kept in place");
}

TEST_F(Threads, AreToldWhatTheReactorThrew) {
  auto result = resultOf(deferToThread(*reactor, [this] {
    try {
      blockingCallFromThread(*reactor, [] { throw std::out_of_range("no"); });
    } catch (const std::out_of_range&) {
      return true;
    }
    return false;
  }));
  EXPECT_TRUE(result.value());
}

TEST_F(Threads, FinishBeforeTheReactorHasStopped) {
  std::string done;
  deferToThread(*reactor, [this] {
    blockingCallFromThread(*reactor, [this] { reactor->stop(); });
    // By now the reactor is stopping, and still answers.
    return blockingCallFromThread(*reactor, [] { return std::string("answered"); });
  }).addCallback([&](std::string result) { done = result; });
  bool stopped = false;
  reactor->addSystemEventTrigger(TriggerPhase::during, "shutdown", [&] {
    stopped = true;
    EXPECT_EQ(done, "answered");
  });
  reactor->run();
  EXPECT_TRUE(stopped);
}

TEST_F(Threads, ServeAgainAfterARestart) {
  for (int i = 0; i < 3; ++i) {
    auto result = resultOf(deferToThread(*reactor, [i] { return i; }));
    EXPECT_EQ(result.value(), i);
  }
}

TEST_F(Threads, AreLetGoWhenTheReactorIsDestroyed) {
  std::latch begun(1);
  std::atomic<bool> told = false;
  std::atomic<bool> ran = false;
  reactor->suggestThreadPoolSize(1);
  deferToThread(*reactor, [&, reactor = reactor.get()] {
    begun.count_down();
    try {
      blockingCallFromThread(*reactor, [] {});
    } catch (const CancelledError&) {
      told = true;
    }
  });
  auto never = deferToThread(*reactor, [&] { ran = true; });
  begun.wait();
  reactor.reset();
  EXPECT_TRUE(told);
  EXPECT_FALSE(ran);
  EXPECT_FALSE(never.called());
}

TEST_F(Threads, AreLetGoThoughTheyWaitForATimer) {
  std::latch begun(1);
  std::atomic<bool> told = false;
  reactor->startRunning();
  reactor->callInThread([&, reactor = reactor.get()] {
    try {
      blockingCallFromThread(*reactor, [&, reactor] {
        begun.count_down();
        return deferLater(*reactor, 1h);
      });
    } catch (const CancelledError&) {
      told = true;
    }
  });
  runUntil(*reactor, [&] { return begun.try_wait(); });
  reactor.reset();
  EXPECT_TRUE(told);
}

TEST_F(Threads, AreStartedForWhatWaitsWhenMoreAreSuggested) {
  reactor->suggestThreadPoolSize(1);
  std::latch both(2);
  int done = 0;
  for (int i = 0; i < 2; ++i) {
    deferToThread(*reactor, [&] { both.arrive_and_wait(); }).addCallback([&] {
      if (++done == 2) reactor->stop();
    });
  }
  reactor->callWhenRunning([this] { reactor->suggestThreadPoolSize(2); });
  reactor->run();
  EXPECT_EQ(done, 2);
}

/// Cannot be moved a second time.
struct Stubborn {
  Stubborn() = default;
  Stubborn(Stubborn&& other) : moves(other.moves + 1) {
    if (moves > 1) throw std::range_error("stays where it is");
  }
  int moves = 0;
};

TEST_F(Threads, TellWhenTheResultCannotBeMoved) {
  std::optional<Failure> why;
  deferToThread(*reactor, [] { return Stubborn(); }).addErrback([&](const Failure& failure) {
    why = failure;
    reactor->stop();
  });
  reactor->run();
  EXPECT_TRUE(why->check<std::range_error>());
}

TEST_F(Threads, IgnoreTheResultOfWhatWasCancelled) {
  std::atomic<bool> ran = false;
  const auto deferred = deferToThread(*reactor, [&] { return ran = true; });
  deferred.cancel();
  std::optional<Failure> why;
  deferred.addErrback([&](const Failure& failure) {
    why = failure;
    return false;
  });
  reactor->callWhenRunning([this] { reactor->stop(); });
  reactor->run();  // waits for the thread, whose result arrives, and is dropped
  EXPECT_TRUE(ran);
  EXPECT_TRUE(why->check<CancelledError>());
  EXPECT_EQ(captured.errors(), 0u);
}

/// Calls each way, from many threads at once; for the thread sanitizer to look at.
TEST_F(Threads, StandAMillionCallsEachWay) {
  constexpr int kThreads = 8;
  constexpr int kCalls = 1'000'000;
  constexpr int kAtOnce = 1000;
  reactor->suggestThreadPoolSize(kThreads);
  std::atomic<int> inThreads = 0;
  int started = 0;
  int back = 0;
  // Each call in a thread is answered by one back into the reactor, which starts another.
  UniqueFunction<void()> start = [&] {
    ++started;
    reactor->callInThread([&] {
      ++inThreads;
      reactor->callFromThread([&] {
        if (++back == kCalls) reactor->stop();
        if (started < kCalls) start();
      });
    });
  };
  reactor->callWhenRunning([&] {
    for (int i = 0; i < kAtOnce; ++i) start();
  });
  reactor->run();
  EXPECT_EQ(inThreads, kCalls);
  EXPECT_EQ(back, kCalls);
}

}  // namespace
}  // namespace plait::testing
