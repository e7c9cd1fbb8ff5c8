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

/// Rule 13: `co_await`.

Deferred<int> addTo(int n, Deferred<int> inner) {
  co_return n + co_await std::move(inner);
}

TEST(Awaiting, AwaitsAFiredDeferredWithoutSuspending) {
  EXPECT_EQ(Outcome(addTo(1, succeed(2))).value(), 3);
}

TEST(Awaiting, AwaitsAnUnfiredDeferred) {
  Deferred<int> inner;
  Outcome outcome(addTo(1, inner));
  EXPECT_TRUE(outcome.pending());
  inner.callback(2);
  EXPECT_EQ(outcome.value(), 3);
}

TEST(Awaiting, AwaitsAPausedDeferred) {
  const auto inner = succeed(2);
  inner.pause();
  Outcome outcome(addTo(1, inner));
  EXPECT_TRUE(outcome.pending());
  inner.unpause();
  EXPECT_EQ(outcome.value(), 3);
}

TEST(Awaiting, AwaitsADeferredThatWaits) {
  Deferred<int> innermost;
  Outcome outcome(addTo(1, succeed().addCallback([=] { return innermost; })));
  innermost.callback(2);
  EXPECT_EQ(outcome.value(), 3);
}

TEST(Awaiting, AwaitsCoroutines) {
  Deferred<int> inner;
  Outcome outcome(addTo(1, addTo(10, addTo(100, inner))));
  inner.callback(1000);
  EXPECT_EQ(outcome.value(), 1111);
}

TEST(Awaiting, SeesAFailureAsAnException) {
  const auto describe = [](Deferred<int> inner) -> Deferred<std::string> {
    try {
      co_await inner;
    } catch (const ConnectionLost&) {
      co_return "lost";
    }
    co_return "fine";
  };
  EXPECT_EQ(Outcome(describe(fail<int>(ConnectionLost()))).value(), "lost");
  Deferred<int> later;
  Outcome outcome(describe(later));
  later.errback(ConnectionLost());
  EXPECT_EQ(outcome.value(), "lost");
  EXPECT_EQ(Outcome(describe(succeed(1))).value(), "fine");
}

TEST(Awaiting, PassesFailuresOn) {
  Deferred<int> inner;
  const Outcome outcome(addTo(1, addTo(2, inner)));
  inner.errback(ConnectionLost());
  EXPECT_TRUE(outcome.failedWith<ConnectionLost>());
}

TEST(Awaiting, AwaitsAHandleAndLeavesItWithNothing) {
  Deferred<int> fired = succeed(1), unfired, failed = fail<int>(ConnectionLost());
  const auto await = [](Deferred<int>& deferred) -> Deferred<int> { co_return co_await deferred; };
  Outcome first(await(fired)), second(await(unfired)), third(await(failed));
  for (const auto& deferred : {fired, unfired, failed}) {
    EXPECT_THROW(deferred.addCallback([](int) {}), std::logic_error);
  }
  unfired.callback(2);
  EXPECT_EQ(first.value(), 1);
  EXPECT_EQ(second.value(), 2);
  EXPECT_TRUE(third.failedWith<ConnectionLost>());
}

TEST(Awaiting, CannotAwaitTwice) {
  const auto twice = [](Deferred<int> deferred) -> Deferred<int> {
    try {
      co_await deferred;
    } catch (const ConnectionLost&) {
    }
    co_return co_await deferred;
  };
  EXPECT_TRUE(Outcome(twice(succeed(1))).failedWith<std::logic_error>());
  EXPECT_TRUE(Outcome(twice(fail<int>(ConnectionLost()))).failedWith<std::logic_error>());
  Deferred<int> later;
  const Outcome outcome(twice(later));
  later.callback(1);
  EXPECT_TRUE(outcome.failedWith<std::logic_error>());
}

TEST(Awaiting, MayAwaitNothingTwice) {
  const auto twice = [](Deferred<void> deferred) -> Deferred<void> {
    co_await deferred;
    co_await deferred;
  };
  Deferred<void> inner;
  const Outcome outcome(twice(inner));
  inner.callback();
  EXPECT_TRUE(outcome.succeeded());
}

TEST(Awaiting, CannotAwaitAHandleOfAnEarlierType) {
  Deferred<int> deferred = succeed(1);
  const auto text = deferred.addCallback([](int n) { return std::to_string(n); });
  EXPECT_TRUE(Outcome(addTo(1, deferred)).failedWith<std::logic_error>());
  EXPECT_EQ(Outcome(text).value(), "1");
}

template <class Promise, class Awaitable>
concept Awaits = requires(Promise promise, Awaitable awaitable) {
  promise.await_transform(awaitable);
};

TEST(Awaiting, AwaitsNothingButDeferreds) {
  EXPECT_TRUE((Awaits<Deferred<int>::promise_type, Deferred<void>>));
  EXPECT_FALSE((Awaits<Deferred<int>::promise_type, std::suspend_always>));
}

TEST(Awaiting, RunsBehindTheFunctionsOfWhatItAwaits) {
  std::vector<std::string> order;
  Deferred<int> inner;
  const auto await = [&]() -> Deferred<void> {
    const int n = co_await inner.addCallback([&](int m) {
      order.push_back("callback");
      return m + 1;
    });
    order.push_back("coroutine " + std::to_string(n));
  };
  const auto deferred = await();
  inner.callback(1);
  EXPECT_THAT(order, ::testing::ElementsAre("callback", "coroutine 2"));
}

TEST(Awaiting, MayStartInsideAFunctionOfWhatItAwaits) {
  Deferred<int> inner;
  std::optional<Outcome<int>> outcome;
  inner.addCallback([&](int n) {
    outcome.emplace(addTo(1, inner));
    EXPECT_TRUE(outcome->pending());
    return n * 10;
  });
  inner.callback(1);
  EXPECT_EQ(outcome->value(), 11);
}

TEST(Awaiting, MayLetGoOfAllHandlesOfItself) {
  Deferred<void> inner;
  auto deferred = std::make_optional<Deferred<void>>();
  int alive = 0;
  const auto run = [&]() -> Deferred<void> {
    const Tracked local(alive);
    co_await inner;
    deferred.reset();
  };
  deferred = run();
  inner.callback();
  EXPECT_FALSE(deferred);
  EXPECT_EQ(alive, 0);
}

TEST(Awaiting, MayAddFunctionsToItselfWhenItEnds) {
  std::optional<Deferred<int>> deferred;
  int seen = 0;
  Deferred<void> inner;
  const auto run = [&]() -> Deferred<int> {
    const testing::AtEnd adds([&] { deferred->addCallback([&](int n) { seen = n; }); });
    co_await inner;
    co_return 5;
  };
  deferred = run();
  inner.callback();
  EXPECT_EQ(seen, 5);
}

}  // namespace
}  // namespace plait
