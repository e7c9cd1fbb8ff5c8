#pragma once

#include "support/faulty_world.hpp"

namespace plait::testing {

/// Plays `scenario` as it is, then with each of its system calls failing in turn, in every
/// plausible way. Fails the test unless each time what was begun has ended in order, no descriptor
/// and no child is left, and the reactor goes on.
void failEachCall(const FaultyWorld::Scenario& scenario);

}  // namespace plait::testing
