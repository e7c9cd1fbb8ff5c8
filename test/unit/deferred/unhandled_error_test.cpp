#include <fmt/format.h>

#include <plait/deferred/deferred.hpp>

#include "support/outcome.hpp"
#include "support/standard_log_watch.hpp"

namespace plait {
namespace {

using testing::Outcome;

/// Rule 12.
class UnhandledError : public ::testing::Test {
 protected:
  /// One entry about ConnectionLost that says the Deferred was made at that line of this file, or
  /// at one from there to `last`: where a coroutine is made is for the compiler to say.
  void expectOne(unsigned line, unsigned last = 0) {
    ASSERT_EQ(log.entries.size(), 1u);
    EXPECT_EQ(log.entries[0].level, LogLevel::critical);
    EXPECT_EQ(log.entries[0].source, "plait.deferred");
    EXPECT_THAT(log.entries[0].message, ::testing::HasSubstr("Unhandled error in Deferred"));
    const std::string& message = log.entries[0].message;
    bool found = false;
    do {
      found |= message.find(fmt::format("unhandled_error_test.cpp:{} ", line)) != message.npos;
    } while (++line <= last);
    EXPECT_TRUE(found) << message;
    EXPECT_EQ(log.entries[0].failure, ConnectionLost().what());
  }
  void expectNone() { EXPECT_TRUE(log.entries.empty()); }

  testing::StandardLogWatch log;
};

TEST_F(UnhandledError, IsLoggedWhenTheLastHandleGoes) {
  unsigned line = 0;
  {
    Deferred<int> deferred;
    line = __LINE__ - 1;
    auto copy = deferred;
    deferred.errback(ConnectionLost());
    deferred = Deferred<int>();
    expectNone();
  }
  expectOne(line);
}

TEST_F(UnhandledError, IsLoggedForReadyMadeFailures) {
  fail(ConnectionLost());
  expectOne(__LINE__ - 1);
}

TEST_F(UnhandledError, IsLoggedForADeferredWithACanceller) {
  const auto canceller = [](Deferred<int>& self) { self.errback(ConnectionLost()); };
  { Deferred<int>(canceller).cancel(); }
  expectOne(__LINE__ - 1);
}

TEST_F(UnhandledError, IsLoggedWhenAFunctionFailed) {
  succeed(1).addCallback([](int) { throw ConnectionLost(); });
  expectOne(__LINE__ - 1);
}

TEST_F(UnhandledError, IsLoggedWhenCallbacksPassItOn) {
  fail<int>(ConnectionLost()).addCallback([](int n) { return n; }).addCallback([](int) {});
  expectOne(__LINE__ - 1);
}

TEST_F(UnhandledError, IsNotLoggedWhenHandled) {
  fail<int>(ConnectionLost()).addErrback([](const Failure&) {});
  fail<int>(ConnectionLost()).addBoth([](Result<int>) {});
  fail<int>(ConnectionLost()).addCallbacks([](int) {}, [] {});
  expectNone();
}

TEST_F(UnhandledError, IsNotLoggedForDeferredsWithoutResult) {
  { const Deferred<int> deferred; }
  { const auto deferred = succeed(1); }
  expectNone();
}

TEST_F(UnhandledError, IsNotLoggedForLateFailuresThatAreIgnored) {
  {
    Deferred<int> deferred;
    const Outcome outcome(deferred);
    deferred.cancel();
    deferred.errback(ConnectionLost());
  }
  expectNone();
}

TEST_F(UnhandledError, IsLoggedForACancelThatNobodyHandles) {
  { Deferred<int>().cancel(); }
  ASSERT_EQ(log.entries.size(), 1u);
  EXPECT_EQ(log.entries[0].failure, CancelledError().what());
}

TEST_F(UnhandledError, OfAnInnerDeferredIsTheOuterOnes) {
  unsigned line = 0;
  {
    Deferred<int> inner;
    {
      const auto outer = succeed().addCallback([=] { return inner; });
      line = __LINE__ - 1;
      inner.errback(ConnectionLost());
    }
    expectOne(line);
  }
  expectOne(line);
}

TEST_F(UnhandledError, OfAFiredInnerDeferredIsTheOuterOnes) {
  {
    const auto inner = fail(ConnectionLost());
    succeed().addCallback([=] { return inner; }).addErrback([](const Failure&) {});
  }
  expectNone();
}

TEST_F(UnhandledError, ThatWasAwaitedIsTheCoroutines) {
  const auto handles = [](Deferred<int> inner) -> Deferred<void> {
    try {
      co_await inner;
    } catch (const ConnectionLost&) {
    }
  };
  handles(fail<int>(ConnectionLost()));
  Deferred<int> later;
  const Outcome outcome(handles(later));
  later.errback(ConnectionLost());
  EXPECT_TRUE(outcome.succeeded());
  expectNone();
}

Deferred<int> failing() {
  throw ConnectionLost();
  co_return 1;
}
constexpr unsigned kFailingLine = __LINE__ - 4;

TEST_F(UnhandledError, OfACoroutineIsLogged) {
  { const auto deferred = failing(); }
  expectOne(kFailingLine, kFailingLine + 3);
}

Deferred<int> failingLater(Deferred<int> inner) {
  co_return co_await std::move(inner);
}
constexpr unsigned kFailingLaterLine = __LINE__ - 3;

TEST_F(UnhandledError, OfACoroutineThatNobodyWaitsForIsLogged) {
  Deferred<int> inner;
  failingLater(inner);
  expectNone();
  inner.errback(ConnectionLost());
  expectOne(kFailingLaterLine, kFailingLaterLine + 2);
}

TEST_F(UnhandledError, OfAPausedDeferredIsLoggedThoughAFunctionIsThere) {
  {
    const auto deferred = fail(ConnectionLost());
    deferred.pause();
    deferred.addErrback([](const Failure&) {});
  }
  expectOne(__LINE__ - 4);
}

TEST_F(UnhandledError, MayBeLoggedByAnObserverThatUsesDeferreds) {
  const auto id = standardLog().addObserver([](const LogEvent& event) {
    if (event.failure->check<ConnectionLost>()) fail<int>(ConnectionDone());
  });
  fail(ConnectionLost());
  standardLog().removeObserver(id);
  ASSERT_EQ(log.entries.size(), 2u);
  EXPECT_EQ(log.entries[1].failure, ConnectionDone().what());
}

}  // namespace
}  // namespace plait
