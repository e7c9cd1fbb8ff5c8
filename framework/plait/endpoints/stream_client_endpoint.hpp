#pragma once

#include <memory>
#include <plait/core/factory.hpp>
#include <plait/deferred/deferred.hpp>

namespace plait {

/// A place to connect to. Twisted: `IStreamClientEndpoint`.
///
/// Thread: its reactor's only (before that runs: any one).
class StreamClientEndpoint {
 public:
  virtual ~StreamClientEndpoint() = default;

  /// Makes one connection, whose protocol `factory` builds. Fires with that protocol, when its
  /// `connectionMade` has returned. Fails with
  ///
  /// * a ConnectError, when no connection comes about;
  /// * NoProtocol, when the factory builds none, or with what it throws;
  /// * what `connectionMade` throws, which also ends the connection;
  /// * ConnectingCancelledError, when the Deferred is cancelled, which ends the attempt at once.
  ///
  /// Nothing is thrown. `factory` is started and stopped; if it is a ClientFactory, its
  /// `startedConnecting` and its like are not called: the Deferred tells.
  virtual Deferred<std::shared_ptr<Protocol>> connect(std::shared_ptr<Factory> factory) = 0;
};

}  // namespace plait
