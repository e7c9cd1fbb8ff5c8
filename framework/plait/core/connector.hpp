#pragma once

#include <memory>
#include <plait/core/address.hpp>

namespace plait {

/// A client connection and the attempts to make it. Twisted: `IConnector`.
///
/// Lives as long as an attempt or a connection of its own does; hold `shared_from_this()` to call
/// `connect` later.
///
/// Thread: its reactor's only.
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  virtual ~Connector() = default;

  /// Tries (again). std::logic_error unless disconnected.
  virtual void connect() = 0;
  /// Gives the attempt up: `clientConnectionFailed(UserError)`, from inside this call.
  /// NotConnectingError unless connecting.
  virtual void stopConnecting() = 0;
  /// `stopConnecting`, or the transport's `loseConnection`; nothing when disconnected.
  virtual void disconnect() = 0;
  /// Where it connects to.
  virtual Address getDestination() const = 0;
};

}  // namespace plait
