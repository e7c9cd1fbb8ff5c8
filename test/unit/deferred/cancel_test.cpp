#include <memory>
#include <optional>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>

#include "support/leaks_allowed.hpp"
#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::AtEnd;
using testing::LeaksAllowed;
using testing::Outcome;
using testing::Tracked;

/// Rule 6.

TEST(Cancel, GivesCancelledError) {
  const Deferred<int> deferred;
  const Outcome outcome(deferred);
  deferred.cancel();
  EXPECT_TRUE(deferred.called());
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
}

TEST(Cancel, WithoutCancellerIgnoresOneLateResult) {
  Deferred<int> deferred;
  Outcome outcome(deferred);
  deferred.cancel();
  EXPECT_NO_THROW(deferred.callback(1));
  EXPECT_THROW(deferred.callback(2), AlreadyCalledError);
  EXPECT_THROW(deferred.errback(ConnectionLost()), AlreadyCalledError);
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
}

TEST(Cancel, WithoutCancellerIgnoresOneLateFailure) {
  Deferred<int> deferred;
  Outcome outcome(deferred);
  deferred.cancel();
  EXPECT_NO_THROW(deferred.errback(ConnectionLost()));
  EXPECT_THROW(deferred.errback(ConnectionLost()), AlreadyCalledError);
}

TEST(Cancel, TwiceIsOnce) {
  Deferred<int> deferred;
  Outcome outcome(deferred);
  deferred.cancel();
  deferred.cancel();
  EXPECT_NO_THROW(deferred.callback(1));
  deferred.cancel();
  EXPECT_THROW(deferred.callback(2), AlreadyCalledError);
}

TEST(Cancel, AsksTheCanceller) {
  int asked = 0;
  Deferred<int> deferred([&](Deferred<int>& self) {
    ++asked;
    EXPECT_FALSE(self.called());
  });
  const Outcome outcome(deferred);
  deferred.cancel();
  deferred.cancel();
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
  EXPECT_THROW(deferred.callback(1), AlreadyCalledError);
}

TEST(Cancel, LeavesTheResultToTheCanceller) {
  Deferred<int> calledBack([](Deferred<int>& self) { self.callback(7); });
  Deferred<int> erredBack([](Deferred<int>& self) { self.errback(ConnectionLost()); });
  calledBack.cancel();
  erredBack.cancel();
  EXPECT_EQ(Outcome(calledBack).value(), 7);
  EXPECT_TRUE(Outcome(erredBack).failedWith<ConnectionLost>());
  EXPECT_THROW(calledBack.callback(1), AlreadyCalledError);
}

TEST(Cancel, FailsWithWhatTheCancellerThrows) {
  const Deferred<int> deferred([](Deferred<int>&) { throw std::runtime_error("stuck"); });
  EXPECT_NO_THROW(deferred.cancel());
  EXPECT_EQ(Outcome(deferred).message(), "stuck");
}

TEST(Cancel, KeepsTheResultThatTheCancellerGaveBeforeItThrew) {
  const Deferred<int> deferred([](Deferred<int>& self) {
    self.callback(3);
    throw std::runtime_error("stuck");
  });
  EXPECT_NO_THROW(deferred.cancel());
  EXPECT_EQ(Outcome(deferred).value(), 3);
}

TEST(Cancel, AllowsTheCancellerToLetGoOfTheLastOtherHandle) {
  std::optional<Deferred<int>> deferred;
  int alive = 0;
  bool cancelled = false;
  deferred.emplace([&, kept = Tracked(alive)](Deferred<int>&) { deferred.reset(); });
  deferred->addErrback([&](const Failure& failure) {
    cancelled = failure.check<CancelledError>();
    return 0;
  });
  deferred->cancel();
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(alive, 0);
}

TEST(Cancel, AllowsAFunctionToLetGoOfTheLastHandle) {
  auto deferred = std::make_optional<Deferred<int>>();
  deferred->addErrback([&](const Failure&) {
    deferred.reset();
    return 0;
  });
  deferred->cancel();
  EXPECT_FALSE(deferred);
}

TEST(Cancel, AllowsTheCancellerToCancelAgain) {
  int asked = 0;
  const Deferred<int> deferred([&](Deferred<int>& self) {
    if (++asked < 5) self.cancel();
  });
  deferred.cancel();
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(Outcome(deferred).failedWith<CancelledError>());
}

TEST(Cancel, GivesTheCancellerTheHandleOfTheFirstType) {
  Deferred<int> deferred([](Deferred<int>& self) { self.callback(4); });
  const auto text = deferred.addCallback([](int n) { return std::to_string(n); });
  text.cancel();
  EXPECT_EQ(Outcome(text).value(), "4");
}

TEST(Cancel, DoesNothingOnceTheResultIsThere) {
  int asked = 0;
  Deferred<int> deferred([&](Deferred<int>&) { ++asked; });
  deferred.callback(1);
  deferred.cancel();
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(Outcome(deferred).value(), 1);
  EXPECT_THROW(deferred.callback(2), AlreadyCalledError);
}

TEST(Cancel, OfAPausedDeferredShowsLater) {
  const Deferred<int> deferred;
  deferred.pause();
  const Outcome outcome(deferred);
  deferred.cancel();
  EXPECT_TRUE(outcome.pending());
  deferred.unpause();
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
}

// --- While it waits for another -----------------------------------------------------------------

TEST(Cancel, ReachesTheOneItWaitsFor) {
  int asked = 0;
  const Deferred<int> inner([&](Deferred<int>&) { ++asked; });
  const auto middle = succeed().addCallback([=] { return inner; });
  const auto outer = succeed().addCallback([=] { return middle; });
  const Outcome outcome(outer);
  outer.cancel();
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
}

TEST(Cancel, OfTheInnerOneLetsItsErrbackSaveTheOuterOne) {
  Deferred<int> inner;
  const auto saved = inner.addErrback([](const Failure&) { return 5; });
  const auto outer = succeed().addCallback([=] { return saved; });
  Outcome outcome(outer);
  outer.cancel();
  EXPECT_EQ(outcome.value(), 5);
}

TEST(Cancel, IsDoneWhenTheWaitIsOver) {
  Deferred<int> inner;
  const auto outer = succeed().addCallback([=] { return inner; });
  inner.callback(1);
  outer.cancel();
  EXPECT_EQ(Outcome(outer).value(), 1);
}

TEST(Cancel, DoesNothingWhenTheOneWaitedForHasGone) {
  auto inner = std::make_optional<Deferred<int>>();
  const auto outer = succeed().addCallback([&] { return *inner; });
  const Outcome outcome(outer);
  inner.reset();
  outer.cancel();
  EXPECT_TRUE(outcome.pending());
}

TEST(Cancel, DoesNothingWhileTheOneWaitedForGoes) {
  std::optional<Deferred<int>> outer;
  std::optional<Deferred<int>> inner(std::in_place);
  AtEnd cancels([&] { outer->cancel(); });
  inner->addCallback([cancels = std::move(cancels)](int n) { return n; });
  outer = succeed().addCallback([&] { return *inner; });
  const Outcome outcome(*outer);
  inner.reset();
  EXPECT_TRUE(outcome.pending());
}

TEST(Cancel, EndsWhereTwoWaitForEachOther) {
  const LeaksAllowed allowed;  // they hold each other for good
  Deferred<int> first, second;
  const auto one = first.addCallback([=](int) { return second; });
  second.addCallback([=](int) { return one; });
  first.callback(1);
  second.callback(1);
  first.cancel();
  second.cancel();
}

// --- Who holds what -----------------------------------------------------------------------------

TEST(Cancel, TheCancellerIsLetGoOfWithTheResult) {
  int alive = 0;
  Deferred<int> fired([kept = Tracked(alive)](Deferred<int>&) {});
  Deferred<int> failed([kept = Tracked(alive)](Deferred<int>&) {});
  const Deferred<int> cancelled([kept = Tracked(alive)](Deferred<int>&) {});
  const Deferred<int> firedByIt([kept = Tracked(alive)](Deferred<int>& self) { self.callback(1); });
  EXPECT_EQ(alive, 4);
  fired.callback(1);
  EXPECT_EQ(alive, 3);
  Outcome outcome(failed);
  failed.errback(ConnectionLost());
  EXPECT_EQ(alive, 2);
  Outcome other(cancelled);
  cancelled.cancel();
  EXPECT_EQ(alive, 1);
  firedByIt.cancel();
  EXPECT_EQ(alive, 0);
}

TEST(Cancel, ACancellerMayHoldItsOwnDeferred) {
  int alive = 0;
  {
    const auto self = std::make_shared<std::optional<Deferred<int>>>();
    self->emplace([self, kept = Tracked(alive)](Deferred<int>&) {});
    (*self)->callback(1);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace plait
