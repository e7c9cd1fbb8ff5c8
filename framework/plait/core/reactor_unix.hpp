#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <plait/core/client_factory.hpp>
#include <plait/core/listening_port.hpp>
#include <plait/core/reactor_udp.hpp>
#include <string>

namespace plait {

/// Options of `listenUNIX`.
struct UNIXListenOptions {
  /// Permissions of the socket file.
  unsigned mode = 0666;
  /// Connections the system may keep waiting to be accepted.
  int backlog = 511;
  /// Holds `PATH.lock` while listening. That tells a live server, which is refused, from the socket
  /// a killed one left, which is replaced. Without it, a file that is there is an error. Twisted:
  /// `wantPID`.
  bool lockFile = true;
  /// Options of every accepted connection.
  TransportOptions transport = {};
};

/// Options of `connectUNIX`.
struct UNIXConnectOptions {
  /// nullopt = none.
  std::optional<std::chrono::nanoseconds> timeout = std::chrono::seconds(30);
  /// Fails with BadFileError unless a live server holds the lock. Twisted: `checkPID`.
  bool checkLock = false;
  /// Options of the connection.
  TransportOptions transport = {};
};

/// Options of `connectUNIXDatagram`.
struct UNIXDatagramConnectOptions {
  /// The path this end is bound to, so that the other can answer; empty = none.
  std::string bindAddress = {};
  unsigned mode = 0666;
  DatagramOptions datagrams = {};
};

/// UNIX sockets. A path that begins with a null byte is a name in Linux's abstract name space,
/// which has no file, mode or lock. Twisted: `IReactorUNIX`, `IReactorUNIXDatagram`.
///
/// Thread: the reactor's only (before it runs: any one).
class ReactorUNIX {
 public:
  virtual ~ReactorUNIX() = default;

  /// Listens at `path`; the file is removed when the port closes. Throws CannotListenError, also
  /// when a live server has the path; std::invalid_argument for a mode above 0777.
  virtual std::shared_ptr<ListeningPort> listenUNIX(std::string path,
                                                    std::shared_ptr<Factory> factory,
                                                    UNIXListenOptions options = {}) = 0;
  /// Connects; how it ends is told to the factory, as by `connectTCP`.
  virtual std::shared_ptr<Connector> connectUNIX(std::string path,
                                                 std::shared_ptr<ClientFactory> factory,
                                                 UNIXConnectOptions options = {}) = 0;

  /// Receives datagrams at `path`, which is removed when the port closes. Throws CannotListenError.
  virtual std::shared_ptr<DatagramTransport> listenUNIXDatagram(
      std::string path, std::shared_ptr<DatagramProtocol> protocol, unsigned mode = 0666,
      DatagramOptions options = {}) = 0;
  /// A datagram socket connected to `path`. Throws ConnectError.
  virtual std::shared_ptr<DatagramTransport> connectUNIXDatagram(
      std::string path, std::shared_ptr<DatagramProtocol> protocol,
      UNIXDatagramConnectOptions options = {}) = 0;
};

}  // namespace plait
