#include <gmock/gmock.h>

#include <memory>
#include <plait/deferred/deferred_list.hpp>
#include <plait/testing/clock.hpp>
#include <stdexcept>

#include "support/outcome.hpp"
#include "support/several_sources.hpp"

namespace plait {
namespace {

using testing::Broken;
using ::testing::ElementsAre;
using testing::Outcome;
using testing::Pointer;

using DeferredListTest = testing::SeveralSources;

/// A Deferred that its test keeps, and that notes that it was cancelled.
template <class T>
struct Cancellable {
  int cancels = 0;
  Deferred<T> deferred{[this](Deferred<T>&) { ++cancels; }};
};

/// Copies throw.
struct Uncopyable {
  Uncopyable() = default;
  Uncopyable(const Uncopyable&) { throw Broken(); }
  Uncopyable(Uncopyable&&) noexcept {}
};

TEST_F(DeferredListTest, GivesResultsInTheOrderOfTheList) {
  Outcome outcome(DeferredList(sources, {.consumeErrors = true}));
  sources[2].callback(30);
  sources[0].callback(10);
  EXPECT_TRUE(outcome.pending());
  sources[1].errback(Broken());
  ASSERT_TRUE(outcome.succeeded());
  const auto& results = outcome.value();
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(results[0].value(), 10);
  EXPECT_NE(results[1].failure().check<Broken>(), nullptr);
  EXPECT_EQ(results[2].value(), 30);
}

TEST_F(DeferredListTest, TakesResultsThatAreThereAlready) {
  sources[0].callback(1);
  sources[1].callback(2);
  sources[2].callback(3);
  Outcome outcome{DeferredList(sources)};
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.value()[2].value(), 3);
}

TEST_F(DeferredListTest, OfNothingFiresAtOnce) {
  Outcome outcome{DeferredList(std::vector<Deferred<int>>())};
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_TRUE(outcome.value().empty());
}

TEST_F(DeferredListTest, LeavesTheDeferredsTheirResults) {
  Outcome list{DeferredList(sources)};
  Outcome first(sources[0]);
  Outcome second(sources[1]);
  sources[0].callback(1);
  sources[1].errback(Broken());
  EXPECT_EQ(first.value(), 1);
  EXPECT_NE(second.failure<Broken>(), nullptr);
  EXPECT_TRUE(list.pending());
}

TEST_F(DeferredListTest, SeesWhatEarlierFunctionsMadeOfTheResult) {
  std::vector<Deferred<int>> doubled;
  for (auto& source : sources) doubled.push_back(source.addCallback([](int n) { return 2 * n; }));
  Outcome outcome{DeferredList(doubled)};
  for (auto& source : sources) source.callback(4);
  EXPECT_EQ(outcome.value()[1].value(), 8);
}

TEST_F(DeferredListTest, LeavesFailuresToBeLogged) {
  {
    Outcome outcome{DeferredList(std::vector{fail<int>(Broken()), succeed(1)})};
    EXPECT_TRUE(outcome.succeeded());
  }
  EXPECT_THAT(log.failures(), ElementsAre("broken"));
}

TEST_F(DeferredListTest, ConsumesErrors) {
  {
    const DeferredList list(sources, {.consumeErrors = true});
    sources[0].errback(Broken());
    sources[1].callback(1);
    sources[2].errback(Broken());
    Outcome outcome(list);
    EXPECT_TRUE(outcome.succeeded());
    sources.clear();
  }
  EXPECT_TRUE(log.failures().empty());
}

TEST_F(DeferredListTest, LeavesVoidWhereItConsumesErrors) {
  const DeferredList list(sources, {.consumeErrors = true});
  EXPECT_THROW(sources[0].addCallback([](int) {}), std::logic_error);
}

TEST_F(DeferredListTest, FailsWithTheFirstFailure) {
  Outcome outcome(DeferredList(sources, {.fireOnOneErrback = true, .consumeErrors = true}));
  sources[0].callback(1);
  EXPECT_TRUE(outcome.pending());
  sources[2].errback(Broken());
  const auto* error = outcome.failure<FirstError>();
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->index, 2u);
  EXPECT_NE(error->subFailure.check<Broken>(), nullptr);
  sources[1].errback(Broken());
  EXPECT_TRUE(log.failures().empty());
}

TEST_F(DeferredListTest, FailsWhenTheLastFails) {
  Outcome outcome(DeferredList(sources, {.fireOnOneErrback = true, .consumeErrors = true}));
  sources[0].callback(1);
  sources[1].callback(1);
  sources[2].errback(Broken());
  EXPECT_NE(outcome.failure<FirstError>(), nullptr);
}

TEST_F(DeferredListTest, CancelsAllThatHaveNoResult) {
  Cancellable<int> a, b;
  const DeferredList list(std::vector{a.deferred, succeed(7), b.deferred}, {.consumeErrors = true});
  list.cancel();
  EXPECT_EQ(a.cancels, 1);
  EXPECT_EQ(b.cancels, 1);
  Outcome outcome(list);
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_NE(outcome.value()[0].failure().check<CancelledError>(), nullptr);
  EXPECT_EQ(outcome.value()[1].value(), 7);
  EXPECT_NE(outcome.value()[2].failure().check<CancelledError>(), nullptr);
}

TEST_F(DeferredListTest, WaitsForTheCancelledThatTakeTheirTime) {
  Deferred<int> cleanup;
  auto stubborn = [](Deferred<int> work, Deferred<int> after) -> Deferred<int> {
    try {
      co_return co_await work;
    } catch (const CancelledError&) {
    }
    co_return co_await after;
  };
  const DeferredList list(std::vector{stubborn(Deferred<int>(), cleanup)});
  Outcome outcome(list);
  list.cancel();
  EXPECT_TRUE(outcome.pending());
  cleanup.callback(5);
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.value()[0].value(), 5);
}

TEST_F(DeferredListTest, CancelledAfterItsResultCancelsNothing) {
  Cancellable<int> a;
  const DeferredList list(std::vector{fail<int>(Broken()), a.deferred},
                          {.fireOnOneErrback = true, .consumeErrors = true});
  list.cancel();
  EXPECT_EQ(a.cancels, 0);
  Outcome outcome(list);
  EXPECT_NE(outcome.failure<FirstError>(), nullptr);
}

TEST_F(DeferredListTest, HasNoResultWhenAProducerGivesUp) {
  bool destroyed = false;
  {
    auto mark = std::shared_ptr<bool>(&destroyed, [](bool* flag) { *flag = true; });
    DeferredList(std::move(sources)).addCallback([mark] {});
  }
  EXPECT_TRUE(destroyed);
}

TEST_F(DeferredListTest, CountsThoseThatEndedAsCancelled) {
  const DeferredList list(std::move(sources));
  sources.clear();
  Outcome outcome(list);
  EXPECT_TRUE(outcome.pending());
  list.cancel();
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_NE(outcome.value()[1].failure().check<CancelledError>(), nullptr);
}

TEST_F(DeferredListTest, OutlivesItsHandle) {
  bool ran = false;
  DeferredList(sources).addCallback([&] { ran = true; });
  for (auto& source : sources) source.callback(1);
  EXPECT_TRUE(ran);
}

TEST_F(DeferredListTest, MovesWhatCannotBeCopied) {
  std::vector<Deferred<Pointer>> pointers(2);
  const DeferredList list(pointers);
  EXPECT_THROW(pointers[0].addCallback([](Pointer) {}), std::logic_error);
  pointers[1].callback(std::make_unique<int>(2));
  pointers[0].callback(std::make_unique<int>(1));
  int sum = 0;
  list.addCallback([&](std::vector<Result<Pointer>> results) {
    for (auto& result : results) sum += *result.value();
  });
  EXPECT_EQ(sum, 3);
}

TEST_F(DeferredListTest, MovesVectorsOfWhatCannotBeCopied) {
  Deferred<std::vector<Pointer>> vectorOfPointers;
  const DeferredList list(std::vector{vectorOfPointers});
  vectorOfPointers.callback(std::vector<Pointer>(4));
  std::size_t size = 0;
  DeferredList(std::vector{list.addCallback([](std::vector<Result<std::vector<Pointer>>> results) {
    return results;
  })}).addCallback([&](std::vector<Result<std::vector<Result<std::vector<Pointer>>>>> results) {
    size = results.at(0).value().at(0).value().size();
  });
  EXPECT_EQ(size, 4u);
}

TEST_F(DeferredListTest, LeavesTheFailureOfWhatCannotBeCopied) {
  {
    Outcome outcome{DeferredList(std::vector{fail<Pointer>(Broken())})};
    EXPECT_TRUE(outcome.succeeded());
  }
  EXPECT_THAT(log.failures(), ElementsAre("broken"));
}

TEST_F(DeferredListTest, CountsAValueThatThrowsWhenCopiedAsAFailure) {
  Deferred<Uncopyable> source;
  Outcome outcome{DeferredList(std::vector{source})};
  source.callback(Uncopyable());
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_NE(outcome.value()[0].failure().check<Broken>(), nullptr);
}

TEST_F(DeferredListTest, WaitsForThoseWithoutAValue) {
  std::vector<Deferred<void>> voids(2);
  Outcome outcome(DeferredList(voids, {.consumeErrors = true}));
  voids[0].callback();
  voids[1].errback(Broken());
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_TRUE(outcome.value()[0].success());
  EXPECT_FALSE(outcome.value()[1].success());
}

TEST_F(DeferredListTest, TakesTheSameDeferredTwice) {
  Outcome outcome{DeferredList(std::vector{sources[0], sources[0]})};
  sources[0].callback(3);
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.value()[0].value() + outcome.value()[1].value(), 6);
}

TEST_F(DeferredListTest, RefusesTheSameDeferredTwiceWhenItTakesTheValue) {
  Deferred<Pointer> pointer;
  EXPECT_THROW(DeferredList(std::vector{pointer, pointer}), std::logic_error);
  pointer.callback(nullptr);
}

TEST_F(DeferredListTest, RefusesHandlesOfAFormerType) {
  sources[1].addCallback([] {});
  EXPECT_THROW(DeferredList{sources}, std::logic_error);
  Outcome untouched(sources[0]);
  sources[0].callback(1);
  EXPECT_TRUE(untouched.succeeded());
}

TEST_F(DeferredListTest, IsGivenItsResultByNobodyElse) {
  DeferredList list(sources);
  EXPECT_THROW(list.callback(std::vector<Result<int>>()), std::logic_error);
  EXPECT_THROW(list.errback(Broken()), std::logic_error);
}

TEST_F(DeferredListTest, RunsItsFunctionsBeforeTheLaterOnesOfItsSource) {
  std::vector<std::string> ran;
  DeferredList(std::vector{sources[0]}).addCallback([&] { ran.push_back("list"); });
  sources[0].addCallback([&](int) { ran.push_back("source"); });
  sources[0].callback(1);
  EXPECT_THAT(ran, ElementsAre("list", "source"));
}

TEST_F(DeferredListTest, MayBeReturnedByACallback) {
  Outcome outcome(succeed().addCallback([&] { return DeferredList(sources); }));
  for (auto& source : sources) source.callback(1);
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.value().size(), 3u);
}

TEST_F(DeferredListTest, MayBeReturnedToMaybeDeferred) {
  Outcome outcome(maybeDeferred([&] { return DeferredList(sources); }));
  for (auto& source : sources) source.callback(1);
  EXPECT_TRUE(outcome.succeeded());
}

TEST_F(DeferredListTest, MayBeAwaited) {
  auto sum = [](std::vector<Deferred<int>> deferreds) -> Deferred<int> {
    int total = 0;
    for (auto& result : co_await DeferredList(deferreds)) total += result.value();
    co_return total;
  };
  Outcome outcome(sum(sources));
  for (auto& source : sources) source.callback(2);
  EXPECT_EQ(outcome.value(), 6);
}

TEST_F(DeferredListTest, MayLoseItsSourcesWhileItCancelsThem) {
  std::vector<Deferred<int>> own;
  std::vector<Deferred<int>> others;
  own.emplace_back([&](Deferred<int>&) {
    others.clear();
    own.clear();
  });
  others.resize(2);
  const DeferredList list(std::vector{own[0], others[0], others[1]}, {.consumeErrors = true});
  list.cancel();
  Outcome outcome(list);
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_NE(outcome.value()[2].failure().check<CancelledError>(), nullptr);
}

TEST_F(DeferredListTest, NestsWithoutUsingTheStack) {
  Deferred<int> innermost;
  Deferred<int> outer = innermost;
  for (int i = 0; i < 100'000; ++i) {
    outer = DeferredList(std::vector{outer}).addCallback([](std::vector<Result<int>> results) {
      return results[0].value() + 1;
    });
  }
  Outcome outcome(outer);
  innermost.callback(0);
  EXPECT_EQ(outcome.value(), 100'000);
}

TEST_F(DeferredListTest, TimesOut) {
  testing::Clock clock;
  const DeferredList list(sources, {.consumeErrors = true});
  Outcome outcome(list.addTimeout(std::chrono::seconds(1), clock));
  sources[0].callback(1);
  clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_TRUE(outcome.value()[0].success());
  EXPECT_FALSE(outcome.value()[1].success());
}

}  // namespace
}  // namespace plait
