#pragma once

#include <cstdint>

#include "verdict.hpp"

namespace plait::stress {

/// Plays one round, all of whose choices follow from `seed` (what the system does between them does
/// not): connections of every kind, on one reactor or a pool, to the end, a stop in the middle, or
/// the sudden destruction of the reactor.
void playRound(std::uint64_t seed, Verdict& verdict);

}  // namespace plait::stress
