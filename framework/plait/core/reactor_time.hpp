#pragma once

#include <plait/core/delayed_call.hpp>
#include <plait/core/unique_function.hpp>

namespace plait {

/// Time, as a reactor keeps it: what timeouts, retries and periodic calls need, and all they should
/// ask for, so that `testing::Clock` can stand in. Twisted: `IReactorTime`.
///
/// Thread: the reactor's only.
class ReactorTime {
 public:
  virtual ~ReactorTime() = default;

  /// This moment on a clock that never goes backwards.
  virtual TimePoint now() const = 0;
  /// The same in seconds, as Twisted gives it.
  double seconds() const { return std::chrono::duration<double>(now().time_since_epoch()).count(); }

  /// Runs `call` once, `delay` from now; calls for the same moment run in the order in which they
  /// were made. Never from inside this call. A negative delay is std::invalid_argument on a
  /// reactor. What `call` throws is logged (by a Clock: thrown by `advance`).
  virtual DelayedCall callLater(Duration delay, UniqueFunction<void()> call) = 0;
};

}  // namespace plait
