#include "all_scenarios.hpp"

namespace plait::sim {

const std::vector<Scenario>& allScenarios() {
  static const std::vector<Scenario> scenarios = {
      {"chat", chat},
      {"drain", drain},
      {"echo", echo},
      {"faults", faults},
      {"limits", limits},
      {"lines", lines},
      {"netstrings", netstrings},
      {"port_forward", portForward},
      {"reconnecting", reconnecting},
#ifdef PLAIT_WITH_TLS
      {"start_tls", startTLSOnTheWay},
#endif
      {"timeouts", timeouts},
  };
  return scenarios;
}

}  // namespace plait::sim
