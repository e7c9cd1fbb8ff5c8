#pragma once

#include <cstdint>
#include <plait/core/unique_function.hpp>
#include <string>

namespace plait {

/// Before, while, or after an event takes place.
enum class TriggerPhase { before, during, after };

/// Names one trigger, for `removeSystemEventTrigger`.
enum class TriggerID : std::uint64_t { none = 0 };

/// The life of a reactor. Twisted: `IReactorCore`.
///
/// Thread: the reactor's only.
class ReactorCore {
 public:
  virtual ~ReactorCore() = default;

  /// Fires "startup", then serves until `stop`. ReactorAlreadyRunning when it runs already.
  virtual void run() = 0;
  /// Asks for the end: "shutdown" is fired soon, from the loop, never from inside this call.
  /// ReactorNotRunning when it does not run or was told to stop already.
  virtual void stop() = 0;
  /// True from "startup" until "shutdown" is over.
  virtual bool running() const = 0;

  /// Runs `call` when the reactor runs: now if it does already (what it throws reaches the caller),
  /// else after "startup" (what it throws is logged).
  virtual TriggerID callWhenRunning(UniqueFunction<void()> call) = 0;

  /// Runs `call` once, in the given phase of the event ("startup", "shutdown" or a name of your
  /// own). Exceptions are logged and harm no other trigger.
  virtual TriggerID addSystemEventTrigger(TriggerPhase phase, std::string event,
                                          UniqueFunction<void()> call) = 0;
  /// Takes a trigger back. std::invalid_argument when it has run or is unknown.
  virtual void removeSystemEventTrigger(TriggerID id) = 0;
  /// Runs the event's triggers: all of `before`, all of `during`, all of `after`, each in the order
  /// of addition.
  virtual void fireSystemEvent(const std::string& event) = 0;
};

}  // namespace plait
