#include <array>
#include <optional>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>

#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::Outcome;
using testing::Tracked;

constexpr int kSteps = 5;

/// What the coroutines below await, one after the other.
///
/// Functions inside a `co_await` capture references only: GCC 12 destroys what a lambda captured
/// there twice.
struct Sources {
  Sources() {
    for (int i = 0; i < kSteps; ++i) at[i].emplace([this, i](Deferred<int>&) { ++cancelled[i]; });
  }
  /// Gives step `i` its value, 10 to the power of i.
  void fire(int i) {
    constexpr std::array<int, kSteps> values{1, 10, 100, 1000, 10000};
    if (!at[i]->called()) at[i]->callback(values[i]);
  }
  void fireAll() {
    for (int i = 0; i < kSteps; ++i) fire(i);
  }

  std::array<std::optional<Deferred<int>>, kSteps> at;
  std::array<int, kSteps> cancelled{};
};

Deferred<int> passOn(Deferred<int> inner) {
  co_return co_await std::move(inner);
}

/// Waits for what a function returned.
Deferred<int> waitFor(const std::optional<Deferred<int>>& inner) {
  return succeed().addCallback([&] { return *inner; });
}

/// Awaits a temporary, a handle, a coroutine, a void Deferred and one that waits for another.
Deferred<int> goFiveSteps(Sources& sources, int& alive) {
  const Tracked a(alive);
  int sum = co_await Deferred<int>(*sources.at[0]);
  const Tracked b(alive);
  sum += co_await *sources.at[1];
  const Tracked c(alive);
  sum += co_await passOn(*sources.at[2]);
  const Tracked d(alive);
  co_await sources.at[3]->addCallback([](int) {});
  const Tracked e(alive);
  sum += co_await waitFor(sources.at[4]);
  co_return sum;
}

/// The same, but goes on when a step is cancelled.
Deferred<int> goFiveStepsAnyhow(Sources& sources, int& alive) {
  int sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const Tracked local(alive);
    try {
      switch (i) {
        case 0:
          sum += co_await Deferred<int>(*sources.at[0]);
          break;
        case 1:
          sum += co_await *sources.at[1];
          break;
        case 2:
          sum += co_await passOn(*sources.at[2]);
          break;
        case 3:
          co_await sources.at[3]->addCallback([](int) {});
          sum += 1000;
          break;
        default:
          sum += co_await waitFor(sources.at[4]);
      }
    } catch (const CancelledError&) {
    }
  }
  co_return sum;
}

class CoroutineAtStep : public ::testing::TestWithParam<int> {
 protected:
  int step() const { return GetParam(); }
  void goThere() {
    for (int i = 0; i < step(); ++i) sources.fire(i);
  }
  void expectOnlyThisStepCancelled() {
    for (int i = 0; i < kSteps; ++i) EXPECT_EQ(sources.cancelled[i], i == step() ? 1 : 0) << i;
  }

  Sources sources;
  int alive = 0;
};

TEST_P(CoroutineAtStep, IsCancelled) {
  const auto deferred = goFiveSteps(sources, alive);
  const Outcome outcome(deferred);
  goThere();
  EXPECT_TRUE(outcome.pending());
  EXPECT_GT(alive, step());
  deferred.cancel();
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
  expectOnlyThisStepCancelled();
  EXPECT_EQ(alive, 0);
}

TEST_P(CoroutineAtStep, SurvivesACancel) {
  const auto deferred = goFiveStepsAnyhow(sources, alive);
  Outcome outcome(deferred);
  goThere();
  deferred.cancel();
  EXPECT_EQ(outcome.pending(), step() != kSteps - 1);
  sources.fireAll();
  expectOnlyThisStepCancelled();
  constexpr std::array<int, kSteps> values{1, 10, 100, 1000, 10000};
  EXPECT_EQ(outcome.value(), 11111 - values[step()]);
  EXPECT_EQ(alive, 0);
}

TEST_P(CoroutineAtStep, GoesOnWithoutAnyHandle) {
  goFiveSteps(sources, alive);
  goThere();
  EXPECT_GT(alive, step());
  sources.fireAll();
  EXPECT_EQ(alive, 0);
}

TEST_P(CoroutineAtStep, FailsAndDestroysItsVariables) {
  const Outcome outcome(goFiveSteps(sources, alive));
  goThere();
  sources.at[step()]->errback(ConnectionLost());
  EXPECT_TRUE(outcome.failedWith<ConnectionLost>());
  EXPECT_EQ(alive, 0);
}

TEST_P(CoroutineAtStep, IsDestroyedWhenTheProducerLetsGo) {
  std::optional<Deferred<int>> deferred = goFiveSteps(sources, alive);
  const Outcome outcome(*deferred);
  goThere();
  sources.at[step()].reset();
  EXPECT_EQ(alive, 0);
  deferred->cancel();
  EXPECT_TRUE(outcome.pending());
  deferred.reset();
}

TEST_P(CoroutineAtStep, IsDestroyedAfterItsDeferred) {
  goFiveSteps(sources, alive).addCallback([kept = Tracked(alive)](int) {});
  goThere();
  sources.at[step()].reset();
  EXPECT_EQ(alive, 0);
}

TEST_P(CoroutineAtStep, CompletesAnotherThatAwaitsIt) {
  Outcome outcome(passOn(passOn(goFiveSteps(sources, alive))));
  goThere();
  EXPECT_TRUE(outcome.pending());
  sources.fireAll();
  EXPECT_EQ(outcome.value(), 10111);
}

INSTANTIATE_TEST_SUITE_P(Each, CoroutineAtStep, ::testing::Range(0, kSteps));

}  // namespace
}  // namespace plait
