#pragma once

#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/generic/datagram_protocol.hpp>
#include <plait/core/reactor_unix.hpp>
#include <plait/net/detail/asio.hpp>
#include <plait/net/detail/bound_path.hpp>

namespace plait::detail {

/// A datagram socket of any family. Asio only waits for it: to be readable, to be writable.
using AsioDatagramSocket = asio::basic_datagram_socket<asio::generic::datagram_protocol, Executor>;

/// An open datagram socket, UDP or UNIX, bound or connected as it was asked for; non-blocking.
struct DatagramSocket {
  AsioDatagramSocket socket;
  int family;
  BoundPath path = {};
};

/// Binds UDP. Throws CannotListenError.
DatagramSocket bindUDP(Executor executor, std::uint16_t port, const DatagramOptions& options);

/// Binds a UNIX datagram socket to `path`. Throws CannotListenError.
DatagramSocket bindUNIXDatagram(Executor executor, const std::string& path, unsigned mode,
                                const DatagramOptions& options);

/// Connects one to `path`. Throws ConnectError.
DatagramSocket connectUNIXDatagramSocket(Executor executor, const std::string& path,
                                         const UNIXDatagramConnectOptions& options);

/// A duplicate of a bound socket that somebody else has opened. Throws CannotListenError.
DatagramSocket adoptDatagramSocket(Executor executor, int descriptor,
                                   const DatagramOptions& options);

}  // namespace plait::detail
