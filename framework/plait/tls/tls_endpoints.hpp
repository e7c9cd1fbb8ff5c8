#pragma once

#include <functional>
#include <plait/endpoints/endpoint_parsers.hpp>
#include <plait/endpoints/wrapper_endpoints.hpp>
#include <plait/tls/tls_context.hpp>

namespace plait {

/// Makes a context when it is needed: what reads files, and may fail.
using TLSContextMaker = std::function<std::shared_ptr<TLSContext>()>;

/// Listens where another endpoint does, and speaks TLS there. Twisted: `SSL4ServerEndpoint`, for
/// TCP.
class TLSServerEndpoint : public WrapperServerEndpoint {
 public:
  TLSServerEndpoint(std::shared_ptr<StreamServerEndpoint> below,
                    std::shared_ptr<TLSContext> context);
  /// Calls `maker` at each `listen`, which fails with what it throws.
  TLSServerEndpoint(std::shared_ptr<StreamServerEndpoint> below, TLSContextMaker maker);

  /// `ssl:127.0.0.1:443` over TCP; else `ssl:` before what the endpoint below says.
  std::string describe(const ListeningPort& port) const override;
};

/// TLS over any endpoint, with `context` for all connections. Twisted: `wrapClientTLS`; it has no
/// `wrapServerTLS`.
///
///     auto door = wrapServerTLS(std::make_shared<UNIXServerEndpoint>(reactor, "/run/door"),
///     context);
std::shared_ptr<StreamServerEndpoint> wrapServerTLS(std::shared_ptr<StreamServerEndpoint> endpoint,
                                                    std::shared_ptr<TLSContext> context);
std::shared_ptr<StreamClientEndpoint> wrapClientTLS(std::shared_ptr<TLSContext> context,
                                                    std::shared_ptr<StreamClientEndpoint> endpoint);

/// Adds the prefixes of this room. A server's files are read at `listen`, which fails with
/// CertificateError when something is wrong with them; a client's when the string is read, which
/// throws it. Arguments and order are Twisted's.
///
/// Server: `ssl:PORT[:privateKey=server.pem][:certKey=the same file][:interface=][:backlog=511]
/// [:extraCertChain=]`.
///
/// Client: `tls:HOST:PORT[:timeout=30][:bindAddress=][:certificate=][:privateKey=][:trustRoots=DIR]
/// [:endpoint=CLIENT_ENDPOINT]`, where the last is an endpoint string, with ':' written '\:', to
/// speak TLS over instead of TCP; and Twisted's older `ssl:HOST:PORT[:timeout=][:bindAddress=]
/// [:privateKey=][:certKey=][:caCertsDir=DIR][:hostname=HOST]`. Both demand a certificate for HOST
/// (in Twisted, `ssl:` does so only when told).
EndpointParsers& addTLSEndpoints(EndpointParsers& parsers);

}  // namespace plait
