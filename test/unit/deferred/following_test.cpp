#include <plait/deferred/deferred.hpp>
#include <stdexcept>
#include <string>

#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::AtEnd;
using testing::Outcome;
using testing::Tracked;

/// Rule 3: a function returns a Deferred.

TEST(Following, TakesTheResultOfAFiredDeferred) {
  const auto after = succeed(1).addCallback([](int n) { return succeed(std::to_string(n)); });
  EXPECT_EQ(Outcome(after).value(), "1");
}

TEST(Following, TakesTheFailureOfADeferred) {
  const auto after = succeed(1).addCallback([](int) { return fail<int>(ConnectionLost()); });
  EXPECT_TRUE(Outcome(after).failedWith<ConnectionLost>());
}

TEST(Following, WaitsForAnUnfiredDeferred) {
  Deferred<std::string> inner;
  Outcome outcome(succeed(1).addCallback([=](int) { return inner; }));
  EXPECT_TRUE(outcome.pending());
  inner.callback("late");
  EXPECT_EQ(outcome.value(), "late");
}

TEST(Following, WaitsForAnUnfiredFailure) {
  Deferred<int> inner;
  const Outcome outcome(fail<int>(ConnectionDone()).addErrback([=] { return inner; }));
  inner.errback(ConnectionLost());
  EXPECT_TRUE(outcome.failedWith<ConnectionLost>());
}

TEST(Following, WaitsForAVoidDeferred) {
  Deferred<void> inner;
  const Outcome outcome(succeed(1).addBoth([=] { return inner; }));
  EXPECT_TRUE(outcome.pending());
  inner.callback();
  EXPECT_TRUE(outcome.succeeded());
}

TEST(Following, WaitsForAPausedDeferred) {
  const auto inner = succeed(2);
  inner.pause();
  Outcome outcome(succeed(1).addCallback([=](int) { return inner; }));
  EXPECT_TRUE(outcome.pending());
  inner.unpause();
  EXPECT_EQ(outcome.value(), 2);
}

TEST(Following, WaitsForADeferredThatItselfWaits) {
  Deferred<int> innermost;
  const auto inner = succeed(1).addCallback([=](int) { return innermost; });
  Outcome outcome(succeed(1).addCallback([=](int) { return inner; }));
  EXPECT_TRUE(outcome.pending());
  innermost.callback(3);
  EXPECT_EQ(outcome.value(), 3);
}

TEST(Following, WaitsForWhatTheInnerOnesFunctionsMake) {
  Deferred<int> inner;
  Outcome outcome(succeed(0).addCallback(
      [=](int) { return inner.addCallback([](int n) { return std::to_string(n); }); }));
  inner.callback(5);
  EXPECT_EQ(outcome.value(), "5");
}

TEST(Following, PassesMoveOnlyValues) {
  Deferred<std::unique_ptr<int>> inner;
  Outcome outcome(succeed(0).addCallback([=](int) { return inner; }));
  inner.callback(std::make_unique<int>(6));
  EXPECT_EQ(*outcome.value(), 6);
}

TEST(Following, LeavesTheInnerOneWithNothing) {
  Deferred<int> fired;
  fired.callback(1);
  const Deferred<void> unfired;
  int calls = 0;
  succeed().addCallback([=] { return fired; });
  succeed().addCallback([=] { return unfired; });
  EXPECT_THROW(fired.addCallback([](int) {}), std::logic_error);
  unfired.addCallback([&] { ++calls; });
  Deferred<void>(unfired).callback();
  EXPECT_EQ(calls, 1);
}

TEST(Following, LetsTheInnerOneGoOnWithAnotherType) {
  Deferred<void> inner;
  const auto waiting = succeed().addCallback([=] { return inner; });
  const auto number = inner.addCallback([] { return 8; });
  inner.callback();
  EXPECT_EQ(Outcome(number).value(), 8);
  EXPECT_TRUE(Outcome(waiting).succeeded());
}

TEST(Following, KeepsTheValueWhenTheInnerOneGoes) {
  Outcome<std::string> outcome([] {
    const auto outer = succeed(1).addCallback([](int) { return succeed(std::string(99, 's')); });
    return succeed().addCallback([=] { return outer; });
  }());
  EXPECT_EQ(outcome.value(), std::string(99, 's'));
}

TEST(Following, GivesTheValueThroughManyDestroyedOnes) {
  int alive = 0;
  {
    auto deferred = succeed(Tracked(alive));
    for (int i = 0; i < 10; ++i) deferred = succeed().addCallback([=] { return deferred; });
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Following, RefusesItself) {
  Deferred<int> deferred;
  const auto after = deferred.addCallback([&](int) { return deferred; });
  deferred.callback(1);
  EXPECT_TRUE(Outcome(after).failedWith<std::logic_error>());
}

TEST(Following, RefusesAHandleOfAnEarlierType) {
  Deferred<int> fired, unfired;
  const auto text =
      fired.addCallback([](int n) { return std::string(50, 'a') + std::to_string(n); });
  const auto later = unfired.addCallback([](int) { return std::string(50, 'b'); });
  fired.callback(1);
  EXPECT_TRUE(Outcome(succeed().addCallback([=] { return fired; })).failedWith<std::logic_error>());
  EXPECT_TRUE(
      Outcome(succeed().addCallback([=] { return unfired; })).failedWith<std::logic_error>());
  EXPECT_EQ(Outcome(text).value(), std::string(50, 'a') + "1");
}

TEST(Following, RefusesADeferredThatIsFollowedAlready) {
  const Deferred<int> inner;
  const auto first = succeed().addCallback([=] { return inner; });
  const auto second = succeed().addCallback([=] { return inner; });
  EXPECT_TRUE(Outcome(second).failedWith<std::logic_error>());
  Deferred<int>(inner).callback(1);
  EXPECT_EQ(Outcome(first).value(), 1);
}

TEST(Following, RespectsPausesOfTheOuterOne) {
  Deferred<int> inner;
  const auto outer = succeed().addCallback([=] { return inner; });
  Outcome outcome(outer);
  outer.pause();
  inner.callback(1);
  EXPECT_TRUE(outcome.pending());
  outer.unpause();
  EXPECT_TRUE(outcome.succeeded());
}

TEST(Following, IsNoPauseThatSomebodyCouldEnd) {
  Deferred<int> inner;
  const auto outer = succeed().addCallback([=] { return inner; });
  Outcome outcome(outer);
  EXPECT_THROW(outer.unpause(), std::logic_error);
  EXPECT_TRUE(outcome.pending());
  inner.callback(4);
  EXPECT_EQ(outcome.value(), 4);
}

TEST(Following, WaitsForeverWhenTheInnerOneGoes) {
  const auto outer = succeed().addCallback([] { return Deferred<int>(); });
  const Outcome outcome(outer);
  EXPECT_TRUE(outcome.pending());
  outer.cancel();
  EXPECT_THROW(outer.unpause(), std::logic_error);
  EXPECT_TRUE(outcome.pending());
}

TEST(Following, IsDestroyedWithTheInnerOne) {
  int alive = 0;
  {
    const Deferred<int> inner;
    succeed().addCallback([=] { return inner; }).addCallback([kept = Tracked(alive)](int) {});
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Following, SeesTheInnerOneFiredByTheEndOfTheFunctionThatReturnedIt) {
  Deferred<int> inner;
  AtEnd fires([inner]() mutable { inner.callback(9); });
  Outcome outcome(succeed().addCallback([inner, fires = std::move(fires)] { return inner; }));
  EXPECT_EQ(outcome.value(), 9);
}

TEST(Following, SeesTheInnerOneWhileThatRuns) {
  Deferred<int> inner, outer;
  const auto after = outer.addCallback([=](int) { return inner; });
  Outcome<int>* seen = nullptr;
  Outcome outcome(after);
  seen = &outcome;
  inner.addCallback([&](int n) {
    outer.callback(0);
    EXPECT_TRUE(seen->pending());
    return n + 1;
  });
  inner.callback(1);
  EXPECT_EQ(outcome.value(), 2);
}

}  // namespace
}  // namespace plait
