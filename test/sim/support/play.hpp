#pragma once

#include "../scenarios/all_scenarios.hpp"

namespace plait::sim {

/// What a run of a scenario came to.
struct Outcome {
  std::vector<std::string> failures;  ///< none: it went as promised
  std::uint64_t traceHash = 0;
  std::uint64_t events = 0;
  std::uint64_t connections = 0;
  Duration time{};  ///< simulated
};

/// Plays it from this seed. `trace`: what happens is written to stdout, line by line.
Outcome play(const Scenario& scenario, std::uint64_t seed, bool trace = false);

}  // namespace plait::sim
