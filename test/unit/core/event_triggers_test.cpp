#include <gtest/gtest.h>

#include <plait/core/event_triggers.hpp>
#include <stdexcept>

#include "../support/recorded_log.hpp"

namespace plait {
namespace {

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

}  // namespace
}  // namespace plait
