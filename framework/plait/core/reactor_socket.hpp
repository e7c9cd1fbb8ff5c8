#pragma once

#include <memory>
#include <plait/core/reactor_tcp.hpp>
#include <plait/core/reactor_udp.hpp>

namespace plait {

/// Sockets that somebody else has opened: the process that started this one, systemd, or another
/// that passed a descriptor. Twisted: `IReactorSocket`.
///
/// Each takes a duplicate, close-on-exec and non-blocking: the descriptor given stays the caller's,
/// to close when it likes. What kind of socket it is, is asked of the system.
///
/// Thread: the reactor's only (before it runs: any one).
class ReactorSocket {
 public:
  virtual ~ReactorSocket() = default;

  /// Accepts connections from a listening TCP or UNIX socket. Of `options` only `transport` counts.
  /// Throws CannotListenError when it is none.
  virtual std::shared_ptr<ListeningPort> adoptStreamPort(int descriptor,
                                                         std::shared_ptr<Factory> factory,
                                                         ListenOptions options = {}) = 0;
  /// Serves a connected TCP or UNIX socket: `factory` builds the protocol, for the peer's address.
  /// Null when it builds none. Throws std::system_error when `descriptor` is no such socket.
  virtual std::shared_ptr<Transport> adoptStreamConnection(int descriptor,
                                                           std::shared_ptr<Factory> factory,
                                                           TransportOptions options = {}) = 0;
  /// Receives datagrams from a bound UDP or UNIX socket. Throws CannotListenError when it is none.
  virtual std::shared_ptr<DatagramTransport> adoptDatagramPort(
      int descriptor, std::shared_ptr<DatagramProtocol> protocol, DatagramOptions options = {}) = 0;
};

}  // namespace plait
