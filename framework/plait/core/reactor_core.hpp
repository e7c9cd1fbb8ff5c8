#pragma once

#include <cstdint>
#include <memory>
#include <plait/core/failure.hpp>
#include <plait/core/unique_function.hpp>
#include <string>
#include <type_traits>

namespace plait {

/// Before, while, or after an event takes place.
enum class TriggerPhase { before, during, after };

/// Names one trigger, for `removeSystemEventTrigger`.
enum class TriggerID : std::uint64_t { none = 0 };

/// Keeps the phase of an event from ending. Let go of it when what the phase waits for is over.
class PhaseHold {
 public:
  /// What a phase does with its holds.
  struct Phase {
    virtual ~Phase() = default;  // the last hold is gone
    virtual void failed(const Failure& failure) = 0;
  };
  explicit PhaseHold(std::shared_ptr<Phase> phase) : phase_(std::move(phase)) {}
  PhaseHold(PhaseHold&&) = default;
  PhaseHold& operator=(PhaseHold&&) = default;

  /// It is over, but has failed: that is logged.
  void failed(const Failure& failure) { phase_->failed(failure); }

 private:
  std::shared_ptr<Phase> phase_;
};

/// What runs when an event takes place.
using EventTrigger = UniqueFunction<void(PhaseHold)>;

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
  /// own). In phase `before` it may return a Deferred: `during` waits until all these have fired,
  /// and all I/O goes on meanwhile. Exceptions and failures are logged and harm no other trigger.
  template <class F>
  requires std::is_invocable_v<F&> TriggerID addSystemEventTrigger(TriggerPhase phase,
                                                                   std::string event, F call) {
    return addTrigger(phase, std::move(event), [call = std::move(call)](PhaseHold hold) mutable {
      if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
        call();
      } else {
        auto kept = std::make_unique<F>(std::move(call));  // a coroutine uses its captures
        F& function = *kept;
        function().addBoth([hold = std::move(hold), kept = std::move(kept)](auto result) mutable {
          if (!result.success()) hold.failed(result.failure());
        });
      }
    });
  }
  /// Takes a trigger back. std::invalid_argument when it has run or is unknown.
  virtual void removeSystemEventTrigger(TriggerID id) = 0;
  /// Runs the event's triggers: all of `before`, all of `during`, all of `after`, each in the order
  /// of addition.
  virtual void fireSystemEvent(const std::string& event) = 0;

 private:
  virtual TriggerID addTrigger(TriggerPhase phase, std::string event, EventTrigger trigger) = 0;
};

}  // namespace plait
