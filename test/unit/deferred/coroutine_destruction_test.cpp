#include <plait/deferred/deferred.hpp>
#include <utility>

#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::Tracked;

TEST(CoroutineDestruction, HappensAtOnceWhenNobodyWillFire) {
  int alive = 0;
  const auto run = [&](Tracked) -> Deferred<int> {
    const Tracked local(alive);
    co_return co_await Deferred<int>();
  };
  const auto deferred = run(Tracked(alive));
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(deferred.called());
}

TEST(CoroutineDestruction, MayHappenBehindAnAwait) {
  int alive = 0;
  Deferred<void> gate;
  const auto run = [&](Tracked) -> Deferred<int> {
    const Tracked local(alive);
    co_await gate;
    co_return co_await Deferred<int>();
  };
  run(Tracked(alive));
  gate.callback();
  EXPECT_EQ(alive, 0);
}

TEST(CoroutineDestruction, HappensThoughTheAwaitedDeferredWasGivenFunctions) {
  int alive = 0;
  Deferred<int> inner;
  const auto make = [&] { return std::exchange(inner, Deferred<int>()); };
  const auto run = [&]() -> Deferred<int> {
    const Tracked local(alive);
    co_return co_await make()
        .addCallback([](int n) { return n; })
        .addErrback([](const Failure& failure) { return failure; })
        .addCallbacks([](int n) { return n; }, [](const Failure& failure) { return failure; })
        .addBoth([](Result<int> result) { return result; });
  };
  const auto deferred = run();
  EXPECT_EQ(alive, 0);
}

TEST(CoroutineDestruction, TakesThoseThatAwaitIt) {
  int alive = 0;
  const auto run = [&](Deferred<int> inner) -> Deferred<int> {
    const Tracked local(alive);
    co_return co_await std::move(inner);
  };
  {
    const Deferred<int> innermost;
    run(run(run(innermost)));
    EXPECT_EQ(alive, 3);
  }
  EXPECT_EQ(alive, 0);
}

/// Its coroutine uses it to the very end.
struct Worker {
  Deferred<void> run(Deferred<void> what) {
    const testing::AtEnd atEnd([this] { ++ended; });
    co_await std::move(what);
  }
  int& ended;
};

TEST(CoroutineDestruction, DestroysInnerBeforeOuterObjects) {
  int ended = 0;
  {
    const auto outer = [](Deferred<void> never, int& count) -> Deferred<void> {
      auto worker = std::make_unique<Worker>(Worker{count});
      Deferred<void> work;
      const auto running = worker->run(work);
      co_await std::move(never);
    };
    Deferred<void> never;
    outer(never, ended);
  }
  EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace plait
