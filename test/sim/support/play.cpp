#include "play.hpp"

#include <cstdio>

#include "connection_watch.hpp"

namespace plait::sim {

Outcome play(const Scenario& scenario, std::uint64_t seed, bool trace) {
  Run run(seed);
  if (trace) {
    run.network.traceTo([](std::string_view line) {
      std::fwrite(line.data(), 1, line.size(), stdout);
      std::fputc('\n', stdout);
    });
  }
  try {
    scenario.play(run);
    run.finish();
  } catch (...) {
    run.fail("thrown: " + Failure().getErrorMessage());
  }
  Outcome outcome;
  outcome.failures = run.failures();
  outcome.traceHash = run.network.traceHash();
  outcome.events = run.network.events();
  outcome.connections = run.network.connectionsMade();
  outcome.time = run.network.now().time_since_epoch();
  return outcome;
}

}  // namespace plait::sim
