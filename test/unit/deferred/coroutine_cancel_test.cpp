#include <optional>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>

#include "support/leaks_allowed.hpp"
#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::LeaksAllowed;
using testing::Outcome;
using testing::Tracked;

Deferred<int> passOn(Deferred<int> inner) {
  co_return co_await std::move(inner);
}

TEST(CoroutineCancel, WhileItRunsCancelsWhatItAwaitsNext) {
  Deferred<void> gate;
  const Deferred<int> next;
  std::optional<Deferred<int>> self;
  bool wentOn = false;
  const auto run = [&]() -> Deferred<int> {
    co_await gate;
    self->cancel();
    wentOn = true;
    co_await succeed(1);
    co_return co_await next;
  };
  self = run();
  const Outcome outcome(*self);
  gate.callback();
  EXPECT_TRUE(wentOn);
  EXPECT_TRUE(next.called());
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
}

TEST(CoroutineCancel, WhileItRunsIsForgottenWhenItAwaitsNothingMore) {
  Deferred<void> gate;
  std::optional<Deferred<int>> self;
  const auto run = [&]() -> Deferred<int> {
    co_await gate;
    self->cancel();
    co_return 4;
  };
  self = run();
  Outcome outcome(*self);
  gate.callback();
  EXPECT_EQ(outcome.value(), 4);
}

TEST(CoroutineCancel, WhileItRunsMayDestroyIt) {
  Deferred<void> gate;
  int alive = 0;
  std::optional<Deferred<int>> self;
  const auto run = [&]() -> Deferred<int> {
    const Tracked local(alive);
    co_await gate;
    self->cancel();
    self.reset();
    co_return co_await Deferred<int>();
  };
  self = run();
  gate.callback();
  EXPECT_EQ(alive, 0);
}

TEST(CoroutineCancel, OnceItHasEndedDoesNothing) {
  const auto deferred = passOn(succeed(1));
  deferred.cancel();
  EXPECT_EQ(Outcome(deferred).value(), 1);
}

TEST(CoroutineCancel, ReachesThroughCoroutinesAndFunctions) {
  const Deferred<int> innermost;
  const auto middle = succeed().addCallback([=] { return passOn(innermost); });
  const auto outer = passOn(passOn(middle));
  const Outcome outcome(outer);
  outer.cancel();
  EXPECT_TRUE(innermost.called());
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
}

TEST(CoroutineCancel, LeavesTheResultToTheCancellerOfWhatIsAwaited) {
  const Deferred<int> inner([](Deferred<int>& self) { self.callback(5); });
  const auto deferred = passOn(inner);
  deferred.cancel();
  EXPECT_EQ(Outcome(deferred).value(), 5);
}

TEST(CoroutineCancel, MayBeAskedForByTheCancellerOfWhatIsAwaited) {
  std::optional<Deferred<int>> self;
  const Deferred<int> inner([&](Deferred<int>&) { self->cancel(); });
  self = passOn(inner);
  self->cancel();
  EXPECT_TRUE(Outcome(*self).failedWith<CancelledError>());
}

TEST(CoroutineCancel, MayBecomeAnotherError) {
  const Deferred<int> inner;
  const auto run = [](Deferred<int> awaited) -> Deferred<int> {
    try {
      co_return co_await std::move(awaited);
    } catch (const CancelledError&) {
      throw ConnectionLost();
    }
  };
  const auto deferred = run(inner);
  deferred.cancel();
  EXPECT_TRUE(Outcome(deferred).failedWith<ConnectionLost>());
}

TEST(CoroutineCancel, EndsWhereACoroutineAwaitsItself) {
  const LeaksAllowed allowed;  // it holds itself for good
  Deferred<void> gate;
  auto* self = new std::optional<Deferred<int>>;
  const auto run = [&]() -> Deferred<int> {
    co_await gate;
    co_return co_await **self;
  };
  *self = run();
  gate.callback();
  (*self)->cancel();
  EXPECT_FALSE((*self)->called());
}

}  // namespace
}  // namespace plait
