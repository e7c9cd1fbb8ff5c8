#pragma once

#include <map>
#include <plait/core/log.hpp>
#include <plait/core/reactor_core.hpp>
#include <vector>

namespace plait {

/// The triggers of a reactor's system events; what ReactorCore's implementations share. Each runs
/// once. Twisted: `_ThreePhaseEvent`.
class EventTriggers {
 public:
  explicit EventTriggers(Log& log) : log_(log) {}

  TriggerID add(TriggerPhase phase, std::string event, UniqueFunction<void()> call);
  /// std::invalid_argument when it has run or is unknown.
  void remove(TriggerID id);
  /// Runs one phase of an event, in the order of addition; those added meanwhile run too.
  void fire(const std::string& event, TriggerPhase phase);

 private:
  struct Trigger {
    TriggerID id;
    TriggerPhase phase;
    UniqueFunction<void()> call;
  };

  Log& log_;
  std::map<std::string, std::vector<Trigger>> events_;
  std::uint64_t nextID_ = 1;
};

}  // namespace plait
