#pragma once

#include <cstddef>
#include <plait/core/unique_function.hpp>

namespace plait {

/// Work in other threads, and the way back into the reactor's. What is built on it, and mostly
/// wanted: `deferToThread` and `blockingCallFromThread` in <plait/deferred/threads.hpp>. Twisted:
/// `IReactorThreads`.
class ReactorThreads {
 public:
  virtual ~ReactorThreads() = default;

  /// Runs `call` soon on the reactor's thread; calls keep their order. What it throws is logged.
  ///
  /// Thread: any. It is the one method of a reactor of which this is true.
  virtual void callFromThread(UniqueFunction<void()> call) = 0;

  /// Runs `call` in a thread of the reactor's pool, as soon as one is free. What it throws is
  /// logged. Thread: the reactor's.
  virtual void callInThread(UniqueFunction<void()> call) = 0;
  /// How many threads the pool may have: 10 at first. Less than 1 is std::invalid_argument.
  /// Thread: the reactor's.
  virtual void suggestThreadPoolSize(std::size_t threads) = 0;
};

}  // namespace plait
