#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <plait/core/errors.hpp>
#include <plait/core/timer_queue.hpp>
#include <random>
#include <tuple>
#include <vector>

namespace plait {
namespace {

using namespace std::chrono_literals;

struct Owner : TimerQueue::Owner {
  TimePoint now() const override { return time; }
  void timersChanged() override { ++changes; }

  TimePoint time{};
  int changes = 0;
};

struct TimerQueueTest : ::testing::Test {
  TimePoint at(Duration time) const { return TimePoint{} + time; }
  DelayedCall add(Duration when, int name) {
    return queue.add(at(when), [this, name] { ran.push_back(name); });
  }
  void runUntil(Duration time) {
    owner.time = at(time);
    while (auto call = queue.take(owner.time)) call();
  }

  Owner owner;
  TimerQueue queue{owner};
  std::vector<int> ran;
};

TEST_F(TimerQueueTest, GivesCallsEarliestFirst) {
  add(3s, 3);
  add(1s, 1);
  add(2s, 2);
  EXPECT_EQ(queue.next(), at(1s));
  EXPECT_EQ(queue.size(), 3u);
  runUntil(2s);
  EXPECT_EQ(ran, (std::vector{1, 2}));
  EXPECT_EQ(queue.next(), at(3s));
  runUntil(3s);
  EXPECT_EQ(queue.next(), std::nullopt);
  EXPECT_EQ(queue.size(), 0u);
}

TEST_F(TimerQueueTest, ServesEqualMomentsFirstComeFirstServed) {
  std::vector<int> expected;
  for (int i = 0; i < 100; ++i) {
    add(1s, i);
    expected.push_back(i);
  }
  runUntil(1s);
  EXPECT_EQ(ran, expected);
}

TEST_F(TimerQueueTest, PutsAMovedCallBehindThoseOfItsNewMoment) {
  DelayedCall moved = add(1s, 1);
  add(2s, 2);
  moved.reset(2s);
  runUntil(2s);
  EXPECT_EQ(ran, (std::vector{2, 1}));
}

TEST_F(TimerQueueTest, TakesOnlyWhatIsDueAndOlderThanTheMark) {
  add(1s, 1);
  const auto mark = queue.mark();
  add(0s, 2);
  EXPECT_FALSE(queue.take(at(500ms), mark));
  EXPECT_TRUE(queue.take(at(500ms)));
  EXPECT_FALSE(queue.take(at(500ms)));
  EXPECT_TRUE(queue.take(at(1s), mark));
}

TEST_F(TimerQueueTest, TellsItsOwnerWhenTheEarliestCallChanges) {
  DelayedCall first = add(5s, 1);
  EXPECT_EQ(owner.changes, 1);
  add(6s, 2);
  EXPECT_EQ(owner.changes, 1);
  first.delay(5s);
  EXPECT_EQ(owner.changes, 1);  // it finds out when it looks at 5 s
  first.delay(-8s);
  EXPECT_EQ(owner.changes, 2);
  first.cancel();
  EXPECT_EQ(owner.changes, 3);
}

TEST_F(TimerQueueTest, FindsOutThatACallWasMovedToLaterWhenItWouldHaveBeenDue) {
  DelayedCall moved = add(1s, 1);
  add(3s, 3);
  moved.delay(1s);
  EXPECT_EQ(queue.next(), at(1s));
  runUntil(1s);
  EXPECT_TRUE(ran.empty());
  EXPECT_EQ(queue.next(), at(2s));
  runUntil(3s);
  EXPECT_EQ(ran, (std::vector{1, 3}));
}

TEST_F(TimerQueueTest, MovesACallToLaterAndBackAndAway) {
  DelayedCall moved = add(5s, 1);
  add(6s, 2);
  moved.delay(10s);
  moved.delay(-9s);
  add(6s, 3);
  runUntil(5s);
  EXPECT_TRUE(ran.empty());
  runUntil(6s);
  EXPECT_EQ(ran, (std::vector{2, 1, 3}));
  moved = add(8s, 4);
  moved.delay(10s);
  moved.cancel();
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.next(), std::nullopt);
}

TEST_F(TimerQueueTest, CountsAMovedCallAsNewForTheMark) {
  DelayedCall moved = add(1s, 1);
  const auto mark = queue.mark();
  moved.delay(1s);
  EXPECT_FALSE(queue.take(at(2s), mark));
  EXPECT_TRUE(queue.take(at(2s)));
}

TEST_F(TimerQueueTest, KeepsHandlesOfPastCallsApartFromNewOnes) {
  DelayedCall called = add(1s, 1);
  runUntil(1s);
  DelayedCall cancelled = add(2s, 2);
  cancelled.cancel();
  DelayedCall fresh = add(3s, 3);
  EXPECT_THROW(called.reset(1s), AlreadyCalled);
  EXPECT_THROW(cancelled.reset(1s), AlreadyCancelled);
  EXPECT_EQ(called.getTime(), at(1s));
  EXPECT_EQ(cancelled.getTime(), at(2s));
  EXPECT_TRUE(fresh.active());
}

TEST_F(TimerQueueTest, MayGoBeforeTheHandlesOfItsCalls) {
  auto local = std::make_unique<TimerQueue>(owner);
  DelayedCall called = local->add(at(0s), [] {});
  local->take(at(0s))();
  DelayedCall cancelled = local->add(at(1s), [] {});
  cancelled.cancel();
  DelayedCall copy = cancelled;
  DelayedCall pending = local->add(at(1s), [] {});
  local.reset();
  EXPECT_EQ(called.getTime(), at(0s));
  EXPECT_EQ(copy.getTime(), at(1s));
  EXPECT_FALSE(pending.active());
}

TEST_F(TimerQueueTest, CancelsItsCallsWhenItGoes) {
  auto captured = std::make_shared<int>(0);
  auto local = std::make_unique<TimerQueue>(owner);
  DelayedCall call = local->add(at(1s), [captured] { ++*captured; });
  local->add(at(2s), [captured] { ++*captured; });
  local.reset();
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_FALSE(call.active());
  EXPECT_THROW(call.cancel(), AlreadyCancelled);
  EXPECT_EQ(*captured, 0);
}

TEST_F(TimerQueueTest, SurvivesCallsThatHoldTheirOwnHandle) {
  auto handle = std::make_shared<DelayedCall>();
  *handle = queue.add(at(1s), [handle] { EXPECT_FALSE(handle->active()); });
  runUntil(1s);
  EXPECT_EQ(handle.use_count(), 1);
}

/// What a queue should do, written down as a sorted list.
struct Model {
  struct Entry {
    TimePoint when;
    std::uint64_t sequence;
    int name;
    bool operator<(const Entry& other) const {
      return std::tie(when, sequence) < std::tie(other.when, other.sequence);
    }
  };

  void put(int name, TimePoint when) {
    erase(name);
    entries.push_back({when, ++sequence, name});
    std::sort(entries.begin(), entries.end());
  }
  void erase(int name) {
    std::erase_if(entries, [name](const Entry& entry) { return entry.name == name; });
  }
  bool has(int name) const {
    return std::any_of(entries.begin(), entries.end(),
                       [name](const Entry& entry) { return entry.name == name; });
  }
  std::vector<int> takeUntil(TimePoint now) {
    std::vector<int> names;
    while (!entries.empty() && entries.front().when <= now) {
      names.push_back(entries.front().name);
      entries.erase(entries.begin());
    }
    return names;
  }

  std::vector<Entry> entries;
  std::uint64_t sequence = 0;
};

TEST_F(TimerQueueTest, AgreesWithASortedListUnderRandomOperations) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto below = [&](int limit) {
      return std::uniform_int_distribution<int>(0, limit - 1)(random);
    };
    ran.clear();
    Model model;
    std::vector<DelayedCall> calls;
    for (int step = 0; step < 1000; ++step) {
      const int operation = below(10);
      if (operation < 5 || calls.empty()) {
        const Duration delay = std::chrono::milliseconds(below(50));
        model.put(static_cast<int>(calls.size()), owner.time + delay);
        calls.push_back(add(owner.time.time_since_epoch() + delay, static_cast<int>(calls.size())));
        continue;
      }
      const int name = below(static_cast<int>(calls.size()));
      DelayedCall& call = calls[static_cast<std::size_t>(name)];
      ASSERT_EQ(call.active(), model.has(name));
      if (operation == 9) {
        ran.clear();
        runUntil(owner.time.time_since_epoch() + std::chrono::milliseconds(below(20)));
        ASSERT_EQ(ran, model.takeUntil(owner.time));
      } else if (!call.active()) {
        EXPECT_THROW(call.delay(1s), DelayedCallError);
      } else if (operation == 5) {
        call.cancel();
        model.erase(name);
      } else if (operation == 6) {
        const Duration delay = std::chrono::milliseconds(below(50));
        call.reset(delay);
        model.put(name, owner.time + delay);
      } else {
        const Duration extra = std::chrono::milliseconds(below(40) - 20);
        const TimePoint when = call.getTime() + extra;
        call.delay(extra);
        model.put(name, when);
      }
      ASSERT_EQ(queue.size(), model.entries.size());
      ASSERT_EQ(queue.next().has_value(), !model.entries.empty());
      const TimePoint next = queue.next().value_or(TimePoint::max());
      ASSERT_LE(next, model.entries.empty() ? next : model.entries.front().when);
      if (operation == 9) {
        ASSERT_GT(next, owner.time);
      }
    }
    ran.clear();
    runUntil(owner.time.time_since_epoch() + 1h);
    ASSERT_EQ(ran, model.takeUntil(owner.time));
  }
}

}  // namespace
}  // namespace plait
