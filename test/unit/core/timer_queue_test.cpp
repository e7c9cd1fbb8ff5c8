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
  EXPECT_EQ(owner.changes, 2);
  first.delay(-8s);
  EXPECT_EQ(owner.changes, 3);
  first.cancel();
  EXPECT_EQ(owner.changes, 4);
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
      ASSERT_EQ(queue.next(),
                model.entries.empty() ? std::nullopt : std::optional(model.entries.front().when));
    }
    ran.clear();
    runUntil(owner.time.time_since_epoch() + 1h);
    ASSERT_EQ(ran, model.takeUntil(owner.time));
  }
}

}  // namespace
}  // namespace plait
