#pragma once

#include <plait/core/reactor_tcp.hpp>
#include <plait/tls/tls_factory.hpp>

namespace plait {

/// Listens on TCP and speaks TLS. As `listenTCP`. Twisted: `IReactorSSL.listenSSL`.
///
///     auto mine = PrivateCertificate::fromFiles("key.pem", "cert.pem");
///     listenSSL(reactor, 443, factory, serverTLS({.certificates = {mine}}));
std::shared_ptr<ListeningPort> listenSSL(ReactorTCP& reactor, std::uint16_t port,
                                         std::shared_ptr<Factory> factory,
                                         std::shared_ptr<TLSContext> context,
                                         ListenOptions options = {});

/// Connects by TCP and speaks TLS. As `connectTCP`; the host that is connected to and the one whose
/// certificate is demanded are said apart. Twisted: `IReactorSSL.connectSSL`.
///
///     connectSSL(reactor, "example.com", 443, factory, optionsForClientTLS("example.com"));
std::shared_ptr<Connector> connectSSL(ReactorTCP& reactor, std::string host, std::uint16_t port,
                                      std::shared_ptr<ClientFactory> factory,
                                      std::shared_ptr<TLSContext> context,
                                      ConnectOptions options = {});

}  // namespace plait
