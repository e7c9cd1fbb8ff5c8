#pragma once

#include <plait/core/address.hpp>

namespace plait {

/// A place where connections are accepted. Twisted: `IListeningPort`.
///
/// Thread: its reactor's only.
class ListeningPort {
 public:
  virtual ~ListeningPort() = default;

  /// Where it listens; with the real port when 0 was asked for. Still answers after stopping.
  virtual Address getHost() const = 0;
  /// Stops accepting and closes the socket. Connections already accepted live on. A second call
  /// does nothing.
  virtual void stopListening() = 0;
};

}  // namespace plait
