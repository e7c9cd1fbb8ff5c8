#pragma once

#include <memory>
#include <plait/core/datagram_transport.hpp>
#include <string>

namespace plait {

/// What is said over datagrams: one object a port, whoever sends. Subclass it, override what you
/// need. Twisted: `DatagramProtocol`, and for a connected port `ConnectedDatagramProtocol`.
///
/// Called by the transport, on its reactor's thread: `startProtocol` once, when the port is open;
/// then any number of datagrams; `stopProtocol` once and last. An exception out of any of them is
/// logged, and the port goes on.
class DatagramProtocol : public std::enable_shared_from_this<DatagramProtocol> {
 public:
  DatagramProtocol() = default;
  DatagramProtocol(const DatagramProtocol&) = delete;
  DatagramProtocol& operator=(const DatagramProtocol&) = delete;
  virtual ~DatagramProtocol() = default;

  /// Binds the transport and calls `startProtocol`. For transports and for tests.
  void makeConnection(std::shared_ptr<DatagramTransport> transport) {
    transport_ = std::move(transport);
    startProtocol();
  }

  /// The port is open.
  virtual void startProtocol() {}
  /// The port is closed.
  virtual void stopProtocol() {}
  /// One datagram, whole; it may be empty. Borrowed: copy what you keep.
  virtual void datagramReceived(BytesView, const Address&) {}
  /// A datagram was longer than the port's `maxPacketSize`: `bytes` is its beginning, `size` what
  /// it was sent with. By default the datagram is dropped, and that is logged: of the first,
  /// the second, the fourth and so on.
  virtual void datagramTruncated(BytesView bytes, std::size_t size, const Address& from);
  /// Of a connected port: nobody listens at the other end (now). The port goes on.
  virtual void connectionRefused() {}

  /// The transport; std::logic_error before `makeConnection`. It stays valid; after the port is
  /// closed, what is written is dropped.
  DatagramTransport& transport() const;

  /// The name in log lines: the class's name.
  virtual std::string logPrefix() const;

 private:
  std::shared_ptr<DatagramTransport> transport_;
  std::uint64_t truncated_ = 0;
};

}  // namespace plait
