#pragma once

#include <cstdint>
#include <memory>
#include <plait/core/datagram_protocol.hpp>
#include <string>

namespace plait {

/// Options of `listenUDP`, `listenMulticast` and their like for UNIX.
struct DatagramOptions {
  /// UDP: the local address, an IPv4 or IPv6 literal; empty = all IPv4 addresses.
  std::string interface = {};
  /// The longest datagram received whole; a longer one is `datagramTruncated`. (Twisted: 8192.)
  std::size_t maxPacketSize = 65536;
  /// Bytes of datagrams kept when the system takes no more; what does not fit is dropped, and
  /// counted.
  std::size_t sendQueueLimit = 1024 * 1024;
  /// UDP: lets several ports share the address (SO_REUSEADDR and SO_REUSEPORT). Twisted:
  /// `listenMultiple`.
  bool listenMultiple = false;
  /// UDP: refuses IPv4 on an IPv6 "::" port.
  bool ipv6Only = false;
  /// SO_RCVBUF and SO_SNDBUF; 0 = the system's default.
  int receiveBuffer = 0;
  int sendBuffer = 0;
};

/// UDP. Twisted: `IReactorUDP`, `IReactorMulticast`.
///
/// Thread: the reactor's only (before it runs: any one).
class ReactorUDP {
 public:
  virtual ~ReactorUDP() = default;

  /// Opens a port; `protocol` hears what comes. Port 0 takes a free one. The reactor keeps both
  /// alive until `stopListening`. Throws CannotListenError.
  virtual std::shared_ptr<DatagramTransport> listenUDP(std::uint16_t port,
                                                       std::shared_ptr<DatagramProtocol> protocol,
                                                       DatagramOptions options = {}) = 0;
  /// The same, under the name Twisted has for ports that join groups. Here each can.
  std::shared_ptr<DatagramTransport> listenMulticast(std::uint16_t port,
                                                     std::shared_ptr<DatagramProtocol> protocol,
                                                     DatagramOptions options = {}) {
    return listenUDP(port, std::move(protocol), std::move(options));
  }
};

}  // namespace plait
