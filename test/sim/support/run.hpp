#pragma once

#include <fmt/format.h>

#include <memory>
#include <plait/testing/simulated_network.hpp>
#include <string>
#include <vector>

namespace plait::sim {

using namespace std::chrono_literals;

class ConnectionWatch;

/// One run of a scenario, from a seed: the network it is played on, the choices that it makes, and
/// what was found wrong.
///
/// A scenario adds hosts, lets them talk, and returns when they have done so. `finish`, which is
/// called behind it, checks what holds of all: every connection that was watched is over and was
/// told so once, nothing is left on any host, no error was logged but those allowed.
class Run {
 public:
  explicit Run(std::uint64_t seed);
  ~Run();

  /// What goes wrong is noted, and the run goes on; the first failures are the ones to look at.
  template <class... Args>
  bool expect(bool holds, fmt::format_string<Args...> otherwise, Args&&... args) {
    if (!holds) fail(fmt::format(otherwise, std::forward<Args>(args)...));
    return holds;
  }
  void fail(std::string what);
  const std::vector<std::string>& failures() const { return failures_; }

  /// From now on errors may be logged whose message contains `text`.
  void allowError(std::string text) { allowedErrors_.push_back(std::move(text)); }

  /// A watch over one end of one connection, which lives as long as the run.
  ConnectionWatch& watch(std::string name);

  /// Runs until `condition` holds; a failure, called `what`, when it does not come to.
  bool runUntil(UniqueFunction<bool()> condition, const char* what, Duration patience = 24h);
  /// Ends the run; see above.
  void finish();

 private:
  void logged(const LogEvent& event);

  Log log_{LogLevel::warn};
  std::vector<std::string> failures_;
  std::vector<std::string> allowedErrors_;
  std::vector<std::unique_ptr<ConnectionWatch>> watches_;  // the network's protocols refer to them

 public:
  testing::SimulatedNetwork network;
  /// For the scenario's own choices.
  testing::SimulatedRandom random;
};

}  // namespace plait::sim
