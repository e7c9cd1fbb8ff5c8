#pragma once

#include <plait/core/address.hpp>
#include <plait/core/deferred_fwd.hpp>
#include <plait/core/unique_function.hpp>

namespace plait {

/// A place where connections are accepted. Twisted: `IListeningPort`.
///
/// Thread: its reactor's only.
class ListeningPort {
 public:
  virtual ~ListeningPort() = default;

  /// Where it listens; with the real port when 0 was asked for. Still answers after stopping.
  virtual Address getHost() const = 0;
  /// Stops accepting and closes the socket; fires when that is done. Connections already accepted
  /// live on. A second call does nothing, and fires too.
  Deferred<void> stopListening();

 private:
  /// Calls `stopped` when the port is closed.
  virtual void doStopListening(UniqueFunction<void()> stopped) = 0;
};

}  // namespace plait
