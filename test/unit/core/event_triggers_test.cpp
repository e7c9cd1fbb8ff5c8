#include <gtest/gtest.h>

#include <optional>
#include <plait/core/event_triggers.hpp>
#include <plait/testing/clock.hpp>
#include <plait/testing/logged_errors.hpp>
#include <stdexcept>

#include "../support/recorded_log.hpp"

namespace plait {
namespace {

using namespace std::chrono_literals;

struct EventTriggersTest : ::testing::Test {
  TriggerID add(TriggerPhase phase, std::string name, std::string event = "shutdown") {
    return triggers.add(phase, std::move(event), [this, name](PhaseHold) { ran += name; });
  }
  void fireAll(const std::string& event = "shutdown") {
    triggers.fireBefore(event, [this, event] { triggers.fireRest(event); });
  }

  testing::RecordedLog log;
  EventTriggers triggers{log.log};
  std::string ran;
};

TEST_F(EventTriggersTest, RunPhaseByPhaseInTheOrderOfAddition) {
  add(TriggerPhase::after, "5");
  add(TriggerPhase::before, "1");
  add(TriggerPhase::during, "3");
  add(TriggerPhase::before, "2");
  add(TriggerPhase::during, "4");
  fireAll();
  EXPECT_EQ(ran, "12345");
}

TEST_F(EventTriggersTest, RunOnce) {
  add(TriggerPhase::before, "x");
  fireAll();
  fireAll();
  EXPECT_EQ(ran, "x");
}

TEST_F(EventTriggersTest, BelongToTheirEvent) {
  add(TriggerPhase::before, "a", "startup");
  add(TriggerPhase::before, "b", "of my own");
  fireAll("of my own");
  EXPECT_EQ(ran, "b");
  fireAll("never added to");
  fireAll("startup");
  EXPECT_EQ(ran, "ba");
}

TEST_F(EventTriggersTest, CanBeTakenBack) {
  const TriggerID a = add(TriggerPhase::before, "a");
  add(TriggerPhase::before, "b");
  triggers.remove(a);
  EXPECT_THROW(triggers.remove(a), std::invalid_argument);
  fireAll();
  EXPECT_EQ(ran, "b");
}

TEST_F(EventTriggersTest, CannotBeTakenBackOnceRun) {
  const TriggerID a = add(TriggerPhase::before, "a");
  fireAll();
  EXPECT_THROW(triggers.remove(a), std::invalid_argument);
  EXPECT_THROW(triggers.remove(TriggerID::none), std::invalid_argument);
}

TEST_F(EventTriggersTest, RunThoseAddedMeanwhile) {
  triggers.add(TriggerPhase::before, "shutdown", [this](PhaseHold) {
    ran += "a";
    add(TriggerPhase::before, "c");
    add(TriggerPhase::after, "d");
  });
  add(TriggerPhase::before, "b");
  fireAll();
  EXPECT_EQ(ran, "abcd");
}

TEST_F(EventTriggersTest, MayTakeBackTheNext) {
  TriggerID next{};
  triggers.add(TriggerPhase::before, "shutdown", [&](PhaseHold) { triggers.remove(next); });
  next = add(TriggerPhase::before, "x");
  add(TriggerPhase::before, "y");
  fireAll();
  EXPECT_EQ(ran, "y");
}

TEST_F(EventTriggersTest, MayFireAnotherEvent) {
  add(TriggerPhase::before, "inner", "other");
  triggers.add(TriggerPhase::before, "shutdown", [&](PhaseHold) { fireAll("other"); });
  add(TriggerPhase::before, " outer");
  fireAll();
  EXPECT_EQ(ran, "inner outer");
}

TEST_F(EventTriggersTest, HarmNoOtherTriggerByThrowing) {
  triggers.add(TriggerPhase::before, "shutdown",
               [](PhaseHold) { throw std::runtime_error("broken"); });
  triggers.add(TriggerPhase::before, "shutdown", [](PhaseHold) { throw 42; });
  add(TriggerPhase::before, "x");
  fireAll();
  EXPECT_EQ(ran, "x");
  EXPECT_EQ(log.failures(), (std::vector<std::string>{"broken", "int"}));
  EXPECT_EQ(log.entries[0].message, "a trigger of 'shutdown' threw");
}

// --- Holding the phase before ------------------------------------------------------------

/// Triggers whose holds a test keeps.
struct EventTriggersHeld : EventTriggersTest {
  void addHolding(std::string event = "shutdown") {
    triggers.add(TriggerPhase::before, std::move(event),
                 [this](PhaseHold hold) { holds.push_back(std::move(hold)); });
  }
  std::vector<PhaseHold> holds;
};

TEST_F(EventTriggersHeld, WaitForAllHolds) {
  addHolding();
  add(TriggerPhase::before, "a");
  addHolding();
  add(TriggerPhase::during, "b");
  fireAll();
  EXPECT_EQ(ran, "a");
  holds.pop_back();
  EXPECT_EQ(ran, "a");
  holds.pop_back();
  EXPECT_EQ(ran, "ab");
}

TEST_F(EventTriggersHeld, GoOnFromInsideWhenNothingHoldsThem) {
  addHolding();
  triggers.add(TriggerPhase::before, "shutdown", [this](PhaseHold) { holds.clear(); });
  add(TriggerPhase::before, "a");
  add(TriggerPhase::during, "b");
  fireAll();
  EXPECT_EQ(ran, "ab") << "the phase ends with its last trigger, not with its last hold";
}

TEST_F(EventTriggersHeld, GoOnWhenATimerLetsGo) {
  testing::Clock clock;
  triggers.add(TriggerPhase::before, "shutdown", [&](PhaseHold hold) {
    clock.callLater(5s, [this, hold = std::move(hold)] { ran += "a"; });
  });
  add(TriggerPhase::during, "b");
  fireAll();
  clock.advance(4s);
  EXPECT_EQ(ran, "");
  clock.advance(1s);
  EXPECT_EQ(ran, "ab");
}

TEST_F(EventTriggersHeld, GoOnWhenACancelledTimerLetsGo) {
  testing::Clock clock;
  DelayedCall timer;
  triggers.add(TriggerPhase::before, "shutdown",
               [&](PhaseHold hold) { timer = clock.callLater(5s, [hold = std::move(hold)] {}); });
  add(TriggerPhase::during, "a");
  fireAll();
  timer.cancel();
  EXPECT_EQ(ran, "a");
}

TEST_F(EventTriggersHeld, LogAFailureAndWaitForTheOthers) {
  addHolding();
  addHolding();
  add(TriggerPhase::during, "a");
  fireAll();
  holds.back().failed(Failure(std::runtime_error("disk full")));
  EXPECT_EQ(log.failures(), std::vector<std::string>{"disk full"});
  EXPECT_EQ(log.entries[0].message, "a trigger of 'shutdown' failed");
  holds.pop_back();
  EXPECT_EQ(ran, "");
  holds.clear();
  EXPECT_EQ(ran, "a");
}

TEST_F(EventTriggersHeld, AreNotHeldByATriggerThatThrows) {
  triggers.add(TriggerPhase::before, "shutdown",
               [](PhaseHold) { throw std::runtime_error("broken"); });
  add(TriggerPhase::during, "a");
  fireAll();
  EXPECT_EQ(ran, "a");
  EXPECT_EQ(log.failures(), std::vector<std::string>{"broken"});
}

TEST_F(EventTriggersHeld, RunWhatIsAddedToLaterPhasesMeanwhile) {
  addHolding();
  fireAll();
  add(TriggerPhase::during, "a");
  add(TriggerPhase::after, "b");
  add(TriggerPhase::before, "too late");
  holds.clear();
  EXPECT_EQ(ran, "ab");
}

TEST_F(EventTriggersHeld, LetAnotherEventPass) {
  addHolding();
  add(TriggerPhase::during, "b");
  add(TriggerPhase::during, "a", "other");
  fireAll();
  fireAll("other");
  EXPECT_EQ(ran, "a");
  holds.clear();
  EXPECT_EQ(ran, "ab");
}

TEST_F(EventTriggersHeld, AreNotHeldInLaterPhases) {
  for (auto phase : {TriggerPhase::during, TriggerPhase::after}) {
    triggers.add(phase, "shutdown", [this](PhaseHold hold) { holds.push_back(std::move(hold)); });
  }
  add(TriggerPhase::after, "a");
  fireAll();
  EXPECT_EQ(ran, "a");
}

TEST(EventTriggersGone, ForgetWhatWasHeld) {
  testing::RecordedLog log;
  std::optional<PhaseHold> hold;
  bool then = false;
  {
    EventTriggers triggers(log.log);
    triggers.add(TriggerPhase::before, "shutdown",
                 [&](PhaseHold held) { hold.emplace(std::move(held)); });
    triggers.fireBefore("shutdown", [&] { then = true; });
  }
  hold.reset();
  EXPECT_FALSE(then);
}

TEST(EventTriggersGone, LetGoOfTriggersThatHoldAnotherEvent) {
  testing::RecordedLog log;
  bool then = false;
  {
    EventTriggers triggers(log.log);
    triggers.add(TriggerPhase::before, "shutdown", [&](PhaseHold held) {
      triggers.add(TriggerPhase::during, "never", [held = std::move(held)](PhaseHold) {});
    });
    triggers.fireBefore("shutdown", [&] { then = true; });
  }
  EXPECT_FALSE(then);
}

/// As a Deferred does that outlives the reactor and its log.
TEST(EventTriggersGone, NeedTheirLogNoLonger) {
  std::optional<PhaseHold> hold;
  {
    Log log;
    EventTriggers triggers(log);
    triggers.add(TriggerPhase::before, "shutdown",
                 [&](PhaseHold held) { hold.emplace(std::move(held)); });
    triggers.fireBefore("shutdown", [] {});
  }
  const testing::LoggedErrors errors;
  hold->failed(Failure(std::runtime_error("too late")));
  EXPECT_EQ(errors.size(), 1u) << "the standard log is told";
}

}  // namespace
}  // namespace plait
