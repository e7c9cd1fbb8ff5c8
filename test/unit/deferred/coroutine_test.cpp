#include <memory>
#include <optional>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::Outcome;
using testing::Tracked;

/// Rule 13: coroutines that return Deferreds, and `co_await`.

struct NotStandard {};

Deferred<int> addTo(int n, Deferred<int> inner) {
  co_return n + co_await std::move(inner);
}

// --- Results ------------------------------------------------------------------------------------

TEST(Coroutine, RunsAtOnce) {
  bool ran = false;
  const auto run = [&]() -> Deferred<void> {
    ran = true;
    co_return;
  };
  const auto deferred = run();
  EXPECT_TRUE(ran);
  EXPECT_TRUE(deferred.called());
}

TEST(Coroutine, GivesWhatItReturns) {
  const auto seven = []() -> Deferred<int> { co_return 7; };
  EXPECT_EQ(Outcome(seven()).value(), 7);
  const auto text = []() -> Deferred<std::string> { co_return "converted"; };
  EXPECT_EQ(Outcome(text()).value(), "converted");
}

TEST(Coroutine, GivesNothing) {
  const auto nothing = []() -> Deferred<void> { co_await succeed(); };
  EXPECT_TRUE(Outcome(nothing()).succeeded());
}

TEST(Coroutine, GivesMoveOnlyValues) {
  const auto passOn = [](std::unique_ptr<int> n) -> Deferred<std::unique_ptr<int>> {
    std::unique_ptr<int> passed = co_await succeed(std::move(n));
    co_return passed;
  };
  EXPECT_EQ(*Outcome(passOn(std::make_unique<int>(8))).value(), 8);
}

TEST(Coroutine, FailsWithWhatItThrows) {
  const auto raise = []() -> Deferred<int> {
    throw std::out_of_range("far out");
    co_return 0;
  };
  const auto raiseOther = [](Deferred<int> inner) -> Deferred<void> {
    co_await std::move(inner);
    throw NotStandard();
  };
  EXPECT_EQ(Outcome(raise()).message(), "far out");
  EXPECT_TRUE(Outcome(raiseOther(succeed(1))).failedWith<NotStandard>());
  Deferred<int> later;
  const Outcome outcome(raiseOther(later));
  later.callback(1);
  EXPECT_TRUE(outcome.failedWith<NotStandard>());
}

TEST(Coroutine, FailsWithAFailureThatItReturns) {
  const auto failing = []() -> Deferred<int> { co_return Failure(ConnectionLost()); };
  EXPECT_TRUE(Outcome(failing()).failedWith<ConnectionLost>());
}

TEST(Coroutine, AloneGivesItsResult) {
  Deferred<int> inner;
  auto deferred = addTo(1, inner);
  EXPECT_THROW(deferred.callback(1), std::logic_error);
  EXPECT_THROW(deferred.errback(ConnectionLost()), std::logic_error);
  EXPECT_FALSE(deferred.called());
  inner.callback(1);
  EXPECT_THROW(deferred.callback(1), std::logic_error);
  EXPECT_EQ(Outcome(deferred).value(), 2);
}

TEST(Coroutine, LetsGoOfItsVariablesBeforeItsResultIsSeen) {
  int alive = 0, seen = -1;
  Deferred<void> inner;
  const auto run = [&](Tracked) -> Deferred<void> {
    const Tracked local(alive);
    co_await inner;
  };
  run(Tracked(alive)).addCallback([&] { seen = alive; });
  EXPECT_GT(alive, 0);
  inner.callback();
  EXPECT_EQ(seen, 0);
}

// --- Among callbacks ----------------------------------------------------------------------------

TEST(Coroutine, MayBeWhatAFunctionReturns) {
  Deferred<int> inner;
  Outcome outcome(succeed(1).addCallback([=](int n) { return addTo(n, inner); }));
  EXPECT_TRUE(outcome.pending());
  inner.callback(2);
  EXPECT_EQ(outcome.value(), 3);
}

TEST(Coroutine, MayBeTheFunctionItself) {
  const auto coroutine = [](int n) -> Deferred<int> { co_return n + co_await succeed(1); };
  EXPECT_EQ(Outcome(succeed(1).addCallback(coroutine)).value(), 2);
}

TEST(Coroutine, TakesFunctionsOnItsDeferred) {
  Deferred<int> inner;
  Outcome outcome(addTo(1, inner).addCallback([](int n) { return std::to_string(n); }));
  inner.callback(1);
  EXPECT_EQ(outcome.value(), "2");
}

TEST(Coroutine, AsACallbackKeepsItsCapturesUntilItHasEnded) {
  Deferred<void> gate;
  const auto captured = std::make_shared<std::string>("captured");
  const std::weak_ptr<std::string> alive = captured;
  std::string seen;
  {
    auto callback = [gate, text = captured, &seen]() -> Deferred<void> {
      co_await gate;
      seen = *text;
    };
    succeed().addCallback(std::move(callback));
  }
  EXPECT_EQ(captured.use_count(), 2);
  gate.callback();
  EXPECT_EQ(seen, "captured");
  EXPECT_EQ(alive.use_count(), 1);
}

}  // namespace
}  // namespace plait
