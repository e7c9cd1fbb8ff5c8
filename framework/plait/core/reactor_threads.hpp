#pragma once

#include <plait/core/unique_function.hpp>

namespace plait {

/// The way into a reactor's thread from any other. Twisted: `IReactorFromThreads`.
class ReactorThreads {
 public:
  virtual ~ReactorThreads() = default;

  /// Runs `call` soon on the reactor's thread; calls keep their order. What it throws is logged.
  ///
  /// Thread: any. It is the one method of a reactor of which this is true.
  virtual void callFromThread(UniqueFunction<void()> call) = 0;
};

}  // namespace plait
