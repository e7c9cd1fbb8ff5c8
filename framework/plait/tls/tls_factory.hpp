#pragma once

#include <plait/core/client_factory.hpp>
#include <plait/tls/tls_context.hpp>

namespace plait {

/// A factory whose connections speak TLS: listens like any other, and puts the protocols of
/// `factory` on a TLSTransport. So TLS runs over whatever `listen` there is: TCP (see `listenSSL`),
/// UNIX, memory, TLS itself. Twisted: `TLSMemoryBIOFactory`.
///
///     reactor.listenUNIX("/run/door", tlsServer(serverTLS({.certificates = {mine}}), factory));
std::shared_ptr<Factory> tlsServer(std::shared_ptr<TLSContext> context,
                                   std::shared_ptr<Factory> factory);

/// The same for clients; all that is told of attempts and losses reaches `factory`.
std::shared_ptr<ClientFactory> tlsClient(std::shared_ptr<TLSContext> context,
                                         std::shared_ptr<ClientFactory> factory);

}  // namespace plait
