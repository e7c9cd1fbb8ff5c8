#include <memory>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/outcome.hpp"

namespace plait {
namespace {

using testing::Outcome;
using testing::Tracked;

struct NotStandard {};

// --- Which function runs (rule 2) ---------------------------------------------------------------

TEST(Chain, RunsAFunctionAtOnceWhenTheResultIsThere) {
  int seen = 0;
  succeed(1).addCallback([&](int n) { seen = n; });
  EXPECT_EQ(seen, 1);
}

TEST(Chain, AlternatesBetweenCallbacksAndErrbacks) {
  std::vector<std::string> seen;
  Deferred<int> deferred;
  deferred
      .addCallback([&](int n) {
        seen.push_back(std::to_string(n));
        return n + 1;
      })
      .addCallback([&](int n) -> int {
        seen.push_back(std::to_string(n));
        throw std::domain_error("division by zero");
      })
      .addCallback([&](int n) {
        seen.push_back("not called");
        return n;
      })
      .addErrback([&](const Failure& failure) {
        seen.push_back(failure.getErrorMessage());
        return 100;
      })
      .addErrback([&](const Failure&) {
        seen.push_back("not called");
        return 0;
      })
      .addCallback([&](int n) { seen.push_back(std::to_string(n)); });
  deferred.callback(1);
  EXPECT_THAT(seen, ::testing::ElementsAre("1", "2", "division by zero", "100"));
}

TEST(Chain, ShowsAnErrbackNothingOfItsOwnPair) {
  bool sameErrback = false, nextErrback = false;
  succeed(1)
      .addCallbacks([](int) -> int { throw std::runtime_error("oh"); },
                    [&](const Failure&) {
                      sameErrback = true;
                      return 0;
                    })
      .addErrback([&](const Failure&) { nextErrback = true; });
  EXPECT_FALSE(sameErrback);
  EXPECT_TRUE(nextErrback);
}

TEST(Chain, RunsTheErrbackOfAPairForAFailure) {
  const auto after = fail<int>(ConnectionLost())
                         .addCallbacks([](int n) { return std::to_string(n); },
                                       [](const Failure& failure) { return failure.typeName(); });
  EXPECT_EQ(Outcome(after).value(), "plait::ConnectionLost");
}

TEST(Chain, DropsTheValueAfterAnErrbackThatReturnsNothing) {
  int alive = 0;
  const auto after = succeed(Tracked(alive)).addErrback([](const Failure&) {});
  EXPECT_EQ(alive, 0);
  EXPECT_TRUE(Outcome(after).succeeded());
}

TEST(Chain, TakesAReferenceToTheResultThatWasGiven) {
  using Text = Result<std::string>;
  const auto same = succeed(std::string(50, 'x')).addBoth([](Text&& result) -> Text&& {
    return std::move(result);
  });
  EXPECT_EQ(Outcome(same).value(), std::string(50, 'x'));
}

TEST(Chain, CallsAnErrbackThatWantsNoFailure) {
  EXPECT_EQ(Outcome(fail<int>(ConnectionLost()).addErrback([] { return 4; })).value(), 4);
}

TEST(Chain, GivesBothOutcomesToAddBoth) {
  const auto describe = [](const Result<int>& result) {
    return result.success() ? std::to_string(result.value()) : result.failure().typeName();
  };
  EXPECT_EQ(Outcome(succeed(1).addBoth(describe)).value(), "1");
  EXPECT_EQ(Outcome(fail<int>(ConnectionLost()).addBoth(describe)).value(),
            "plait::ConnectionLost");
  EXPECT_EQ(Outcome(fail<int>(ConnectionLost()).addBoth([] { return 2; })).value(), 2);
}

// --- What functions return ----------------------------------------------------------------------

TEST(Chain, FailsWithWhatAFunctionThrows) {
  const auto raise = [](int) -> int { throw std::out_of_range("far out"); };
  EXPECT_TRUE(Outcome(succeed(1).addCallback(raise)).failedWith<std::out_of_range>());
  const auto raiseOther = [](int) -> int { throw NotStandard(); };
  EXPECT_TRUE(Outcome(succeed(1).addCallback(raiseOther)).failedWith<NotStandard>());
  const auto replace = [](const Failure&) -> int { throw NotStandard(); };
  EXPECT_TRUE(Outcome(fail<int>(ConnectionLost()).addErrback(replace)).failedWith<NotStandard>());
  const auto both = [](const Result<int>&) -> int { throw NotStandard(); };
  EXPECT_TRUE(Outcome(succeed(1).addBoth(both)).failedWith<NotStandard>());
}

TEST(Chain, FailsWithAFailureThatAFunctionReturns) {
  const auto failing = [](int) { return Failure(ConnectionLost()); };
  EXPECT_TRUE(Outcome(succeed(1).addCallback(failing)).failedWith<ConnectionLost>());
  const auto again = [](const Failure& failure) { return failure; };
  EXPECT_TRUE(Outcome(fail<int>(ConnectionLost()).addErrback(again)).failedWith<ConnectionLost>());
}

TEST(Chain, TakesAResultThatAFunctionReturns) {
  const auto even = [](int n) -> Result<std::string> {
    if (n % 2 == 0) return std::to_string(n);
    return Failure(std::invalid_argument("odd"));
  };
  EXPECT_EQ(Outcome(succeed(2).addCallback(even)).value(), "2");
  EXPECT_EQ(Outcome(succeed(1).addCallback(even)).message(), "odd");
  const auto nothing = [](int n) { return n ? Result<void>() : Result<void>(ConnectionLost()); };
  EXPECT_TRUE(Outcome(succeed(1).addCallback(nothing)).succeeded());
  EXPECT_TRUE(Outcome(succeed(0).addCallback(nothing)).failedWith<ConnectionLost>());
}

struct ThrowsWhenMoved {
  ThrowsWhenMoved(int movesLeft) : movesLeft(movesLeft) {}
  ThrowsWhenMoved(ThrowsWhenMoved&& other) : movesLeft(other.movesLeft - 1), text(other.text) {
    if (movesLeft < 0) throw std::runtime_error("cannot be moved");
  }
  int movesLeft;
  std::string text = "long enough to have memory of its own";
};

TEST(Chain, FailsWithWhatTheMovingOfAValueThrows) {
  Deferred<ThrowsWhenMoved> byValue, both;
  const auto failed = byValue.addCallback([](ThrowsWhenMoved) {});
  byValue.callback(0);
  EXPECT_EQ(Outcome(failed).message(), "cannot be moved");

  const auto after = both.addBoth([](const Result<ThrowsWhenMoved>&) {});
  EXPECT_NO_THROW(both.callback(0));
  EXPECT_EQ(Outcome(after).message(), "cannot be moved");
}

// --- When captures and values go ----------------------------------------------------------------

TEST(Chain, LetsGoOfWhatAFunctionCapturedAsSoonAsItHasRun) {
  int alive = 0;
  Deferred<int> deferred;
  int aliveInNext = -1;
  deferred
      .addCallbacks([kept = Tracked(alive)](int n) { return n; },
                    [kept = Tracked(alive)](const Failure&) { return 0; })
      .addBoth([kept = Tracked(alive)](Result<int> result) { return result; })
      .addErrback([kept = Tracked(alive)](const Failure&) { return 0; })
      .addCallback([&](int n) {
        aliveInNext = alive;
        return n;
      });
  EXPECT_EQ(alive, 4);
  deferred.callback(1);
  EXPECT_EQ(aliveInNext, 0);
}

TEST(Chain, LetsGoOfAValueAsSoonAsItsFunctionHasRun) {
  int alive = 0, during = -1, after = -1;
  Deferred<Tracked> deferred;
  deferred.addCallback([&](const Tracked&) { during = alive; }).addCallback([&] { after = alive; });
  deferred.callback(alive);
  EXPECT_EQ(during, 1);
  EXPECT_EQ(after, 0);
}

TEST(Chain, DestroysWhatNeverRan) {
  int alive = 0;
  {
    Deferred<Tracked> deferred;
    deferred.addCallback([kept = Tracked(alive)](const Tracked& value) { return value; })
        .addErrback([kept = Tracked(alive)](const Failure&) {});
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
  { const auto unused = succeed(Tracked(alive)); }
  EXPECT_EQ(alive, 0);
}

// --- Pausing (rule 5) ---------------------------------------------------------------------------

TEST(Chain, RunsNothingWhilePaused) {
  Deferred<int> deferred;
  int seen = 0;
  deferred.pause();
  deferred.pause();
  deferred.addCallback([&](int n) { seen = n; });
  deferred.callback(1);
  deferred.unpause();
  EXPECT_EQ(seen, 0);
  deferred.unpause();
  EXPECT_EQ(seen, 1);
}

TEST(Chain, StopsBehindTheFunctionThatPausesIt) {
  Deferred<int> deferred;
  int seen = 0;
  deferred.addCallback([&](int n) {
    deferred.pause();
    return n;
  });
  deferred.addCallback([&](int n) { seen = n; });
  deferred.callback(1);
  EXPECT_EQ(seen, 0);
  deferred.unpause();
  EXPECT_EQ(seen, 1);
}

TEST(Chain, CannotBeUnpausedUnlessPaused) {
  const Deferred<int> deferred;
  EXPECT_THROW(deferred.unpause(), std::logic_error);
}

}  // namespace
}  // namespace plait
