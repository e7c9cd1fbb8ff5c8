#include <gmock/gmock.h>

#include <memory>
#include <plait/deferred/gather_results.hpp>
#include <stdexcept>

#include "support/outcome.hpp"
#include "support/several_sources.hpp"

namespace plait {
namespace {

using testing::Broken;
using ::testing::ElementsAre;
using testing::Outcome;
using testing::Pointer;

using GatherResults = testing::SeveralSources;

TEST_F(GatherResults, GivesValuesInTheOrderOfTheList) {
  Outcome outcome(gatherResults(sources));
  sources[2].callback(3);
  sources[1].callback(2);
  EXPECT_TRUE(outcome.pending());
  sources[0].callback(1);
  EXPECT_THAT(outcome.value(), ElementsAre(1, 2, 3));
}

TEST_F(GatherResults, OfNothingFiresAtOnce) {
  EXPECT_TRUE(Outcome(gatherResults(std::vector<Deferred<int>>())).value().empty());
  EXPECT_TRUE(Outcome(gatherResults(std::vector<Deferred<void>>())).succeeded());
}

TEST_F(GatherResults, FailsWithTheFirstFailure) {
  Outcome outcome(gatherResults(sources, {.consumeErrors = true}));
  sources[1].errback(Broken());
  const auto* error = outcome.failure<FirstError>();
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->index, 1u);
  EXPECT_NE(error->subFailure.check<Broken>(), nullptr);
}

TEST_F(GatherResults, ConsumesLaterFailures) {
  {
    Outcome outcome(gatherResults(sources, {.consumeErrors = true}));
    for (auto& source : sources) source.errback(Broken());
    sources.clear();
  }
  EXPECT_TRUE(log.failures().empty());
}

TEST_F(GatherResults, LeavesFailuresToBeLogged) {
  {
    Outcome outcome(gatherResults(sources));
    for (auto& source : sources) source.errback(Broken());
    sources.clear();
  }
  EXPECT_THAT(log.failures(), ElementsAre("broken", "broken", "broken"));
}

TEST_F(GatherResults, LeavesTheDeferredsTheirValues) {
  Outcome all(gatherResults(sources));
  Outcome one(sources[0]);
  for (auto& source : sources) source.callback(4);
  EXPECT_TRUE(all.succeeded());
  EXPECT_EQ(one.value(), 4);
}

TEST_F(GatherResults, CancelsAll) {
  const auto all = gatherResults(sources, {.consumeErrors = true});
  all.cancel();
  for (auto& source : sources) EXPECT_TRUE(source.called());
  Outcome outcome(all);
  const auto* error = outcome.failure<FirstError>();
  ASSERT_NE(error, nullptr);
  EXPECT_NE(error->subFailure.check<CancelledError>(), nullptr);
}

TEST_F(GatherResults, MovesWhatCannotBeCopied) {
  std::vector<Deferred<Pointer>> pointers(2);
  Outcome outcome(gatherResults(pointers));
  pointers[0].callback(std::make_unique<int>(1));
  pointers[1].callback(std::make_unique<int>(2));
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_EQ(*outcome.value().at(1), 2);
}

TEST_F(GatherResults, WaitsForThoseWithoutAValue) {
  std::vector<Deferred<void>> voids(2);
  const Deferred<void> all = gatherResults(voids);
  Outcome outcome(all);
  voids[0].callback();
  EXPECT_TRUE(outcome.pending());
  voids[1].callback();
  EXPECT_TRUE(outcome.succeeded());
}

TEST_F(GatherResults, MayBeAwaited) {
  auto sum = [](std::vector<Deferred<int>> deferreds) -> Deferred<int> {
    int total = 0;
    for (int n : co_await gatherResults(std::move(deferreds))) total += n;
    co_return total;
  };
  Outcome outcome(sum(sources));
  for (auto& source : sources) source.callback(5);
  EXPECT_EQ(outcome.value(), 15);
}

TEST_F(GatherResults, IsCancelledWithTheCoroutineThatAwaitsIt) {
  auto wait = [](std::vector<Deferred<int>> deferreds) -> Deferred<void> {
    co_await gatherResults(std::move(deferreds), {.consumeErrors = true});
  };
  const auto waiting = wait(sources);
  waiting.cancel();
  for (auto& source : sources) EXPECT_TRUE(source.called());
  EXPECT_NE(Outcome(waiting).failure<FirstError>(), nullptr);
}

// --- Of several types --------------------------------------------------------------------------

TEST_F(GatherResults, GivesATupleOfSeveralTypes) {
  Deferred<int> number;
  Deferred<void> done;
  Deferred<Pointer> pointer;
  int sum = 0;
  gatherResults(number, done, pointer)
      .addCallback([&](std::tuple<int, std::monostate, Pointer> values) {
        sum = std::get<0>(values) + *std::get<2>(values);
      });
  pointer.callback(std::make_unique<int>(2));
  done.callback();
  EXPECT_EQ(sum, 0);
  number.callback(1);
  EXPECT_EQ(sum, 3);
}

TEST_F(GatherResults, TakesSeveralTypesThatAreThereAlready) {
  Outcome outcome(gatherResults(succeed(1), succeed(std::string("one"))));
  EXPECT_EQ(outcome.value(), std::make_tuple(1, "one"));
}

TEST_F(GatherResults, FailsWithTheFirstFailureOfSeveralTypes) {
  Deferred<int> number;
  Deferred<std::string> text;
  Outcome outcome(gatherResults({.consumeErrors = true}, number, text));
  text.errback(Broken());
  ASSERT_NE(outcome.failure<FirstError>(), nullptr);
  EXPECT_EQ(outcome.failure<FirstError>()->index, 1u);
  number.errback(Broken());
  number = Deferred<int>();
  EXPECT_TRUE(log.failures().empty());
}

TEST_F(GatherResults, FailsWhenTheFirstOfSeveralTypesDoes) {
  {
    Outcome outcome(gatherResults(fail<int>(Broken()), succeed(2.5)));
    ASSERT_NE(outcome.failure<FirstError>(), nullptr);
    EXPECT_EQ(outcome.failure<FirstError>()->index, 0u);
  }
  EXPECT_THAT(log.failures(), ElementsAre("broken"));
}

TEST_F(GatherResults, CancelsAllOfSeveralTypes) {
  Deferred<int> number;
  Deferred<std::string> text;
  const auto all = gatherResults({.consumeErrors = true}, number, text);
  all.cancel();
  EXPECT_TRUE(number.called());
  EXPECT_TRUE(text.called());
  EXPECT_NE(Outcome(all).failure<FirstError>(), nullptr);
}

TEST_F(GatherResults, BindsInACoroutine) {
  auto join = [](Deferred<int> n, Deferred<std::string> s) -> Deferred<std::string> {
    auto [number, text] = co_await gatherResults(n, s);
    co_return text + std::to_string(number);
  };
  Deferred<int> number;
  Deferred<std::string> text;
  Outcome outcome(join(number, text));
  number.callback(7);
  text.callback("n");
  EXPECT_EQ(outcome.value(), "n7");
}

TEST_F(GatherResults, TakesADeferredListAmongOthers) {
  Outcome outcome(gatherResults(DeferredList(sources), succeed(1)));
  for (auto& source : sources) source.callback(1);
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_EQ(std::get<0>(outcome.value()).size(), 3u);
}

}  // namespace
}  // namespace plait
