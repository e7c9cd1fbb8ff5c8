#include <plait/core/listening_port.hpp>
#include <plait/core/transport.hpp>
#include <plait/deferred/deferred.hpp>

/// Those members of room core's classes that return a Deferred.
namespace plait {

Deferred<void> ListeningPort::stopListening() {
  Deferred<void> done;
  doStopListening([done]() mutable { done.callback(); });
  return done;
}

Deferred<void> Transport::drained() {
  Deferred<void> done;
  whenDrained(
      [done](const Failure* lost) mutable { lost ? done.errback(*lost) : done.callback(); });
  return done;
}

}  // namespace plait
