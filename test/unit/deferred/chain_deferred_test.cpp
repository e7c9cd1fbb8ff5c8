#include <plait/deferred/deferred.hpp>
#include <string>

#include "support/outcome.hpp"
#include "support/standard_log_watch.hpp"

namespace plait {
namespace {

using testing::Outcome;

/// Rule 7.

TEST(ChainDeferred, PassesTheValueOn) {
  Deferred<std::string> first, second;
  first.chainDeferred(second);
  Outcome outcome(second);
  first.callback("passed on");
  EXPECT_EQ(outcome.value(), "passed on");
}

TEST(ChainDeferred, PassesTheFailureOn) {
  testing::StandardLogWatch log;
  {
    Deferred<int> first, second;
    first.chainDeferred(second);
    const Outcome outcome(second);
    first.errback(ConnectionLost());
    EXPECT_TRUE(outcome.failedWith<ConnectionLost>());
  }
  EXPECT_TRUE(log.entries.empty());
}

TEST(ChainDeferred, WorksWithoutAValue) {
  Deferred<void> first, second;
  first.chainDeferred(second);
  const Outcome outcome(second);
  first.callback();
  EXPECT_TRUE(outcome.succeeded());
}

TEST(ChainDeferred, PassesMoveOnlyValues) {
  Deferred<std::unique_ptr<int>> first, second;
  first.chainDeferred(second);
  Outcome outcome(second);
  first.callback(std::make_unique<int>(2));
  EXPECT_EQ(*outcome.value(), 2);
}

TEST(ChainDeferred, LeavesTheFirstOneWithNothing) {
  Deferred<int> first, second;
  first.chainDeferred(second);
  first.callback(1);
  EXPECT_THROW(first.addCallback([](int) {}), std::logic_error);
  EXPECT_EQ(Outcome(second).value(), 1);
}

TEST(ChainDeferred, DoesNotPassCancelsBack) {
  Deferred<int> first, second;
  first.chainDeferred(second);
  const Outcome outcome(second);
  second.cancel();
  EXPECT_FALSE(first.called());
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
  EXPECT_NO_THROW(first.callback(1));  // the one late result that is ignored
}

TEST(ChainDeferred, PassesCancelsOn) {
  Deferred<int> first, second;
  first.chainDeferred(second);
  const Outcome outcome(second);
  first.cancel();
  EXPECT_TRUE(outcome.failedWith<CancelledError>());
}

TEST(ChainDeferred, SurvivesASecondThatHasAResult) {
  testing::StandardLogWatch log;
  {
    Deferred<int> first;
    Deferred<int> second = succeed(1);
    first.chainDeferred(second);
    EXPECT_NO_THROW(first.callback(2));
    EXPECT_EQ(Outcome(second).value(), 1);
  }
  EXPECT_EQ(log.entries.size(), 1u);
}

}  // namespace
}  // namespace plait
