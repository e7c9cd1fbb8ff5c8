#pragma once

#include <vector>

#include "../support/run.hpp"

namespace plait::sim {

/// A story of a few hosts, told differently for every seed.
struct Scenario {
  const char* name;
  void (*play)(Run& run);
};

/// Every scenario there is. One more is one file, `NAME.cpp`, one declaration and one line.
const std::vector<Scenario>& allScenarios();

void chat(Run& run);
void drain(Run& run);
void echo(Run& run);
void faults(Run& run);
void limits(Run& run);
void lines(Run& run);
void netstrings(Run& run);
void portForward(Run& run);
void reconnecting(Run& run);
void startTLSOnTheWay(Run& run);  // with room tls
void timeouts(Run& run);

}  // namespace plait::sim
