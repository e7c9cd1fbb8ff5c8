#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <plait/core/client_factory.hpp>
#include <plait/core/listening_port.hpp>
#include <string>

namespace plait {

/// Options of `listenTCP`.
struct ListenOptions {
  /// The local address: an IPv4 or IPv6 literal; empty = all IPv4 addresses, "::" = all, of both
  /// families. A name ("localhost") is looked up, which blocks.
  std::string interface = {};
  /// Connections the system may keep waiting to be accepted.
  int backlog = 511;
  /// Lets several listeners share the port (SO_REUSEPORT); the system spreads connections over
  /// them.
  bool reusePort = false;
  /// Refuses IPv4 on an IPv6 "::" listener.
  bool ipv6Only = false;
  /// Options of every accepted connection.
  TransportOptions transport = {};
};

/// Options of `connectTCP`.
struct ConnectOptions {
  /// For the name lookup and the connect together; nullopt = none.
  std::optional<std::chrono::nanoseconds> timeout = std::chrono::seconds(30);
  /// The local address to connect from (port 0 = any); unset = the system's choice.
  Address bindAddress = {};
  /// Options of the connection.
  TransportOptions transport = {};
};

/// TCP. Twisted: `IReactorTCP`.
///
/// Thread: the reactor's only (before it runs: any one).
class ReactorTCP {
 public:
  virtual ~ReactorTCP() = default;

  /// Listens; connections get their protocols from `factory`. Port 0 takes a free one, see
  /// `ListeningPort::getHost`. The reactor keeps the port alive until it is stopped.
  /// Throws CannotListenError, and what the factory's `startFactory` throws.
  virtual std::shared_ptr<ListeningPort> listenTCP(std::uint16_t port,
                                                   std::shared_ptr<Factory> factory,
                                                   ListenOptions options = {}) = 0;

  /// Connects to a host (a name, or an IPv4 or IPv6 literal). Calls `factory->startedConnecting`
  /// before it returns; how it ends is told to the factory. Never throws for what the network does;
  /// std::invalid_argument for a negative timeout or a bindAddress that is no IP address.
  virtual std::shared_ptr<Connector> connectTCP(std::string host, std::uint16_t port,
                                                std::shared_ptr<ClientFactory> factory,
                                                ConnectOptions options = {}) = 0;
};

}  // namespace plait
