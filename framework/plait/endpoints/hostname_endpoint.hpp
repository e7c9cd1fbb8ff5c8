#pragma once

#include <chrono>
#include <optional>
#include <plait/core/name_resolver.hpp>
#include <plait/core/reactor_tcp.hpp>
#include <plait/core/reactor_time.hpp>
#include <plait/endpoints/stream_client_endpoint.hpp>

namespace plait {

/// Options of HostnameEndpoint.
struct HostnameOptions {
  /// For everything together, the lookup included; nullopt = none.
  std::optional<Duration> timeout = std::chrono::seconds(30);
  /// How long an attempt is alone, unless it fails before: then the next address is tried beside
  /// it. (Twisted: 0.3 s.)
  Duration attemptDelay = std::chrono::milliseconds(250);
  /// How long the IPv4 addresses wait for the IPv6 ones, when those are looked up more slowly.
  Duration resolutionDelay = std::chrono::milliseconds(50);
  /// Which addresses are looked up.
  AddressFamily family = AddressFamily::any;
  /// The local address to connect from (port 0 = any); only addresses of its family are tried.
  Address bindAddress = {};
  /// Options of the connection.
  TransportOptions transport = {};
};

/// Connects over TCP to a host by its name, to whichever of its addresses answers first: IPv6 and
/// IPv4 are looked up at once and tried in turns, each with a head start on the next, which is cut
/// short when it fails ("happy eyeballs", RFC 8305). So a network without working IPv6 costs a
/// quarter of a second, not a timeout. Twisted: `HostnameEndpoint`.
///
/// When no address answers, the failure is of the class of the last one's, and its message names
/// them all; when there are none, it is DNSLookupError; TimeoutError when it takes too long. A name
/// that is none is std::invalid_argument, as a failure too.
class HostnameEndpoint : public StreamClientEndpoint {
 public:
  /// `hostname` may have non-ASCII characters (IDNA), or be an IP address. `reactor` is a
  /// ReactorTCP, ReactorTime and ReactorNames, and must outlive the endpoint and its attempts.
  template <class R>
  HostnameEndpoint(R& reactor, std::string hostname, std::uint16_t port,
                   HostnameOptions options = {})
      : HostnameEndpoint(reactor, reactor, reactor, std::move(hostname), port, std::move(options)) {
  }
  HostnameEndpoint(ReactorTCP& tcp, ReactorTime& time, ReactorNames& names, std::string hostname,
                   std::uint16_t port, HostnameOptions options = {})
      : tcp_(tcp),
        time_(time),
        names_(names),
        hostname_(std::move(hostname)),
        port_(port),
        options_(std::move(options)) {}

  Deferred<std::shared_ptr<Protocol>> connect(std::shared_ptr<Factory> factory) override;

  const std::string& hostname() const { return hostname_; }
  std::uint16_t port() const { return port_; }
  const HostnameOptions& options() const { return options_; }

 private:
  ReactorTCP& tcp_;
  ReactorTime& time_;
  ReactorNames& names_;
  std::string hostname_;
  std::uint16_t port_;
  HostnameOptions options_;
};

}  // namespace plait
