#include <gmock/gmock.h>

#include <memory>
#include <plait/deferred/race.hpp>
#include <stdexcept>

#include "support/outcome.hpp"
#include "support/standard_log_watch.hpp"

namespace plait {
namespace {

using ::testing::ElementsAre;
using testing::Outcome;
using Pointer = std::unique_ptr<int>;

struct RaceTest : ::testing::Test {
  RaceTest() {
    for (int i = 0; i < 3; ++i) {
      racers.emplace_back([this, i](Deferred<int>&) { cancelled.push_back(i); });
    }
  }
  testing::StandardLogWatch log;
  std::vector<int> cancelled;
  std::vector<Deferred<int>> racers;
};

TEST_F(RaceTest, GivesTheWinnerAndCancelsTheLosers) {
  Outcome outcome(race(racers));
  racers[1].callback(10);
  ASSERT_TRUE(outcome.succeeded());
  EXPECT_EQ(outcome.value().index, 1u);
  EXPECT_EQ(outcome.value().value, 10);
  EXPECT_THAT(cancelled, ElementsAre(0, 2));
  racers.clear();
  EXPECT_TRUE(log.failures().empty());
}

TEST_F(RaceTest, IsNotWonByAFailure) {
  Outcome outcome(race(racers));
  racers[0].errback(std::runtime_error("fell"));
  EXPECT_TRUE(outcome.pending());
  racers[2].callback(1);
  EXPECT_EQ(outcome.value().index, 2u);
  EXPECT_THAT(cancelled, ElementsAre(1));
}

TEST_F(RaceTest, IsWonByTheFirstThatIsThereAlready) {
  racers[1].callback(1);
  racers[2].callback(2);
  Outcome outcome(race(racers));
  EXPECT_EQ(outcome.value().index, 1u);
  EXPECT_THAT(cancelled, ElementsAre(0));
}

TEST_F(RaceTest, CancelsThoseBehindAWinnerThatIsThereAlready) {
  racers[0].callback(1);
  Outcome outcome(race(racers));
  EXPECT_EQ(outcome.value().index, 0u);
  EXPECT_THAT(cancelled, ElementsAre(1, 2));
  racers.clear();
  EXPECT_TRUE(log.failures().empty());
}

TEST_F(RaceTest, FailsWithAllFailuresInOrder) {
  Outcome outcome(race(racers));
  racers[2].errback(std::runtime_error("c"));
  racers[0].errback(std::runtime_error("a"));
  racers[1].errback(std::runtime_error("b"));
  const auto* group = outcome.failure<FailureGroup>();
  ASSERT_NE(group, nullptr);
  std::string all;
  for (const Failure& failure : group->failures) all += failure.getErrorMessage();
  EXPECT_EQ(all, "abc");
  racers.clear();
  EXPECT_TRUE(log.failures().empty());
}

TEST_F(RaceTest, CancelsAll) {
  const auto running = race(racers);
  running.cancel();
  EXPECT_THAT(cancelled, ElementsAre(0, 1, 2));
  EXPECT_NE(Outcome(running).failure<FailureGroup>(), nullptr);
}

TEST_F(RaceTest, IgnoresALoserThatSucceedsNevertheless) {
  racers[0] = Deferred<int>([](Deferred<int>& self) { self.callback(99); });
  Outcome outcome(race(racers));
  racers[1].callback(1);
  EXPECT_EQ(outcome.value().value, 1);
}

TEST_F(RaceTest, MayBeCancelledByALoser) {
  std::optional<Deferred<RaceResult<int>>> running;
  racers[0] = Deferred<int>([&](Deferred<int>&) { running->cancel(); });
  running = race(racers);
  racers[1].callback(1);
  EXPECT_EQ(Outcome(*running).value().index, 1u);
}

TEST_F(RaceTest, MayLoseItsHandlesWhileItCancels) {
  std::optional<Deferred<RaceResult<int>>> running;
  racers[0] = Deferred<int>([&](Deferred<int>&) {
    running.reset();
    racers.clear();
  });
  running = race(racers);
  Deferred<int> winner = racers[1];
  winner.callback(1);
  EXPECT_TRUE(racers.empty());
}

TEST_F(RaceTest, DoesNotCancelWhatTheWinnerGoesOnWith) {
  Deferred<int> work([this](Deferred<int>&) { cancelled.push_back(7); });
  const auto running = race(racers).addCallback([&] { return work; });
  racers[0].callback(1);
  EXPECT_THAT(cancelled, ElementsAre(1, 2));
  work.callback(3);
  EXPECT_EQ(Outcome(running).value(), 3);
}

TEST_F(RaceTest, NeedsNoValue) {
  std::vector<Deferred<void>> voids(2);
  Outcome outcome(race(voids));
  voids[1].callback();
  EXPECT_EQ(outcome.value().index, 1u);
}

TEST_F(RaceTest, MovesWhatCannotBeCopied) {
  std::vector<Deferred<Pointer>> pointers(2);
  Outcome outcome(race(pointers));
  pointers[1].callback(std::make_unique<int>(5));
  EXPECT_EQ(*outcome.value().value, 5);
}

TEST_F(RaceTest, BindsInACoroutine) {
  auto run = [](std::vector<Deferred<int>> deferreds) -> Deferred<int> {
    auto [index, value] = co_await race(std::move(deferreds));
    co_return static_cast<int>(index) * 100 + value;
  };
  Outcome outcome(run(racers));
  racers[2].callback(5);
  EXPECT_EQ(outcome.value(), 205);
}

TEST_F(RaceTest, RunsCoroutinesOfWhichTheLosersAreCancelled) {
  bool cleanedUp = false;
  Deferred<int> slow;
  Deferred<int> quick;
  auto first = [&](Deferred<int> work) -> Deferred<int> {
    try {
      co_return co_await work;
    } catch (const CancelledError&) {
      cleanedUp = true;
      throw;
    }
  };
  Outcome outcome(race(std::vector{first(slow), first(quick)}));
  quick.callback(1);
  EXPECT_EQ(outcome.value().index, 1u);
  EXPECT_TRUE(cleanedUp);
}

}  // namespace
}  // namespace plait
