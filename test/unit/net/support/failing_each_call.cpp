#include "support/failing_each_call.hpp"

#include <cstring>

#include "support/failing_calls.hpp"

namespace plait::testing {

namespace {

/// What was thrown names the cause. The scenario has ended there; what it began ends, too.
void expectToEndAfterThrowing(FaultyWorld& world, bool happened, int error) {
  const std::string what = world.thrown->getErrorMessage();
  EXPECT_TRUE(happened) << what;
  EXPECT_NE(what.find(std::strerror(error)), std::string::npos) << what;
  if (world.port) world.port->stopListening();
  world.port = nullptr;
  if (world.reactor) world.runUntilOver();
}

/// Plays `scenario` with the `nth` of these calls failing; true when there were that many.
bool playWithFault(const FaultyWorld::Scenario& scenario, SystemCall call, int nth, int error) {
  SCOPED_TRACE(fmt::format("call {} of {}", nth, describeFault(call, error)));
  const std::size_t before = openDescriptors();
  bool happened = false;
  {
    FaultyWorld world;
    {
      const FailingCall failing(call, nth, error);
      world.play(scenario);
      happened = failing.happened();
    }
    if (world.thrown) expectToEndAfterThrowing(world, happened, error);
    world.expectOrder();
    if (world.reactor) world.expectToServe();
  }
  EXPECT_EQ(openDescriptors(), before);
  EXPECT_FALSE(hasChildren());
  return happened;
}

}  // namespace

void failEachCall(const FaultyWorld::Scenario& scenario) {
  {
    FaultyWorld untouched;  // makes what is made once a process, too
    untouched.play(scenario);
    if (untouched.thrown) FAIL() << untouched.thrown->getErrorMessage();
    untouched.expectOrder();
    if (::testing::Test::HasFailure()) return;
  }
  int faults = 0;
  for (const auto& [call, errors] : plausibleFaults()) {
    for (const int error : errors) {
      for (int nth = 1; playWithFault(scenario, call, nth, error); ++nth) {
        ++faults;
        if (::testing::Test::HasFailure()) return;
      }
    }
  }
  ::testing::Test::RecordProperty("faults", faults);
}

}  // namespace plait::testing
