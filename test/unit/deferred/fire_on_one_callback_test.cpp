#include <gmock/gmock.h>

#include <memory>
#include <plait/deferred/fire_on_one_callback.hpp>
#include <stdexcept>

#include "support/outcome.hpp"
#include "support/several_sources.hpp"

namespace plait {
namespace {

using ::testing::ElementsAre;
using testing::Outcome;
using testing::Pointer;

using FireOnOneCallback = testing::SeveralSources;

TEST_F(FireOnOneCallback, GivesTheFirstValueAndItsIndex) {
  Outcome outcome(fireOnOneCallback(sources, {.consumeErrors = true}));
  sources[0].errback(std::runtime_error("no"));
  EXPECT_TRUE(outcome.pending());
  sources[2].callback(30);
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.value().value, 30);
  EXPECT_EQ(outcome.value().index, 2u);
  sources[1].errback(std::runtime_error("late"));
  EXPECT_TRUE(log.failures().empty());
}

TEST_F(FireOnOneCallback, LeavesTheOthersAlone) {
  Outcome outcome(fireOnOneCallback(sources));
  Outcome first(sources[0]);
  Outcome second(sources[1]);
  sources[0].callback(1);
  EXPECT_TRUE(outcome.succeeded());
  EXPECT_EQ(first.value(), 1);
  EXPECT_TRUE(second.pending());
  sources[1].callback(2);
  EXPECT_EQ(second.value(), 2);
}

TEST_F(FireOnOneCallback, OfNothingFiresWhenCancelledOnly) {
  const auto first = fireOnOneCallback(std::vector<Deferred<int>>());
  Outcome outcome(first);
  EXPECT_TRUE(outcome.pending());
  first.cancel();
  EXPECT_NE(outcome.failure<CancelledError>(), nullptr);
}

TEST_F(FireOnOneCallback, FailsWithAllFailuresInOrder) {
  Outcome outcome(fireOnOneCallback(sources, {.consumeErrors = true}));
  sources[1].errback(std::runtime_error("b"));
  sources[2].errback(std::runtime_error("c"));
  sources[0].errback(std::runtime_error("a"));
  const auto* group = outcome.failure<FailureGroup>();
  ASSERT_NE(group, nullptr);
  ASSERT_EQ(group->failures.size(), 3u);
  EXPECT_EQ(group->failures[0].getErrorMessage(), "a");
  EXPECT_EQ(group->failures[2].getErrorMessage(), "c");
}

TEST_F(FireOnOneCallback, FailsWithTheFirstFailureIfAskedTo) {
  Outcome outcome(fireOnOneCallback(sources, {.fireOnOneErrback = true, .consumeErrors = true}));
  sources[1].errback(std::runtime_error("b"));
  ASSERT_NE(outcome.failure<FirstError>(), nullptr);
  EXPECT_EQ(outcome.failure<FirstError>()->index, 1u);
  sources[0].callback(1);
}

TEST_F(FireOnOneCallback, CancelsAll) {
  const auto first = fireOnOneCallback(sources, {.consumeErrors = true});
  first.cancel();
  for (auto& source : sources) EXPECT_TRUE(source.called());
  Outcome outcome(first);
  EXPECT_NE(outcome.failure<FailureGroup>(), nullptr);
}

TEST_F(FireOnOneCallback, NeedsNoValue) {
  std::vector<Deferred<void>> voids(2);
  Outcome outcome(fireOnOneCallback(voids));
  voids[1].callback();
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.value().index, 1u);
}

TEST_F(FireOnOneCallback, MovesWhatCannotBeCopied) {
  std::vector<Deferred<Pointer>> pointers(2);
  int value = 0;
  fireOnOneCallback(pointers).addCallback(
      [&](FirstCallback<Pointer> first) { value = *first.value; });
  pointers[0].callback(std::make_unique<int>(1));
  pointers[1].callback(std::make_unique<int>(2));
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace plait
