#include <plait/tls/ssl.hpp>

namespace plait {

std::shared_ptr<ListeningPort> listenSSL(ReactorTCP& reactor, std::uint16_t port,
                                         std::shared_ptr<Factory> factory,
                                         std::shared_ptr<TLSContext> context,
                                         ListenOptions options) {
  return reactor.listenTCP(port, tlsServer(std::move(context), std::move(factory)),
                           std::move(options));
}

std::shared_ptr<Connector> connectSSL(ReactorTCP& reactor, std::string host, std::uint16_t port,
                                      std::shared_ptr<ClientFactory> factory,
                                      std::shared_ptr<TLSContext> context, ConnectOptions options) {
  return reactor.connectTCP(std::move(host), port,
                            tlsClient(std::move(context), std::move(factory)), std::move(options));
}

}  // namespace plait
