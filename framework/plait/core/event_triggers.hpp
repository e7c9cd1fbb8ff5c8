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

  TriggerID add(TriggerPhase phase, std::string event, EventTrigger trigger);
  /// std::invalid_argument when it has run or is unknown.
  void remove(TriggerID id);
  /// Runs the phase `before` of an event, in the order of addition; those added meanwhile run too.
  /// When nothing holds it any more, calls `then`: from inside this call if nothing did. Never when
  /// this object is gone by then.
  void fireBefore(const std::string& event, UniqueFunction<void()> then);
  /// Runs `during` and `after`, which nothing holds.
  void fireRest(const std::string& event);

 private:
  struct Trigger {
    TriggerID id;
    TriggerPhase phase;
    EventTrigger call;
  };
  class Phase;

  void run(const std::string& event, TriggerPhase phase, const std::shared_ptr<Phase>& hold);

  Log& log_;
  std::map<std::string, std::vector<Trigger>> events_;
  std::uint64_t nextID_ = 1;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace plait
