#pragma once

#include <plait/core/reactor_tcp.hpp>
#include <plait/endpoints/stream_client_endpoint.hpp>
#include <plait/endpoints/stream_server_endpoint.hpp>

namespace plait {

/// Listens for TCP connections: over IPv4, unless the interface in the options is an IPv6 address.
/// Twisted: `TCP4ServerEndpoint`.
class TCP4ServerEndpoint : public StreamServerEndpoint {
 public:
  /// Port 0 takes a free one. `reactor` must outlive the endpoint.
  TCP4ServerEndpoint(ReactorTCP& reactor, std::uint16_t port, ListenOptions options = {})
      : reactor_(reactor), port_(port), options_(std::move(options)) {}

  Deferred<std::shared_ptr<ListeningPort>> listen(std::shared_ptr<Factory> factory) override;

  std::uint16_t port() const { return port_; }
  const ListenOptions& options() const { return options_; }

 private:
  ReactorTCP& reactor_;
  std::uint16_t port_;
  ListenOptions options_;
};

/// The same over IPv6, on all addresses unless the options name one: then over IPv4 too, if the
/// options do not say `ipv6Only`. Twisted: `TCP6ServerEndpoint`.
class TCP6ServerEndpoint : public TCP4ServerEndpoint {
 public:
  /// An interface that is no IPv6 address is std::invalid_argument.
  TCP6ServerEndpoint(ReactorTCP& reactor, std::uint16_t port, ListenOptions options = {});
};

/// Connects over TCP to an IPv4 address, or to a name, which the reactor looks up, trying its
/// addresses one after the other: HostnameEndpoint does that better. Twisted:
/// `TCP4ClientEndpoint`.
class TCP4ClientEndpoint : public StreamClientEndpoint {
 public:
  /// `reactor` must outlive the endpoint.
  TCP4ClientEndpoint(ReactorTCP& reactor, std::string host, std::uint16_t port,
                     ConnectOptions options = {})
      : reactor_(reactor), host_(std::move(host)), port_(port), options_(std::move(options)) {}

  Deferred<std::shared_ptr<Protocol>> connect(std::shared_ptr<Factory> factory) override;

  const std::string& host() const { return host_; }
  std::uint16_t port() const { return port_; }
  const ConnectOptions& options() const { return options_; }

 private:
  ReactorTCP& reactor_;
  std::string host_;
  std::uint16_t port_;
  ConnectOptions options_;
};

/// Connects over TCP to an IPv6 address. For the IPv6 addresses of a name there is
/// HostnameEndpoint, with `HostnameOptions::family`. Twisted: `TCP6ClientEndpoint`.
class TCP6ClientEndpoint : public TCP4ClientEndpoint {
 public:
  /// A host that is no IPv6 address is std::invalid_argument.
  TCP6ClientEndpoint(ReactorTCP& reactor, std::string host, std::uint16_t port,
                     ConnectOptions options = {});
};

}  // namespace plait
