#include <plait/endpoints/haproxy_endpoints.hpp>

namespace plait {

FactoryWrapper HAProxyServerEndpoint::readHeader() const {
  return [options = options_](std::shared_ptr<Factory> factory) {
    return std::make_shared<ProxyProtocolFactory>(std::move(factory), options);
  };
}

Deferred<std::shared_ptr<ListeningPort>> HAProxyServerEndpoint::listen(
    std::shared_ptr<Factory> factory) {
  return endpoint_->listenBeneath(readHeader(), std::move(factory));
}

Deferred<std::shared_ptr<ListeningPort>> HAProxyServerEndpoint::listenBeneath(
    FactoryWrapper layer, std::shared_ptr<Factory> factory) {
  auto both = [layer = std::move(layer), readHeader = readHeader()](
                  std::shared_ptr<Factory> above) { return layer(readHeader(std::move(above))); };
  return endpoint_->listenBeneath(std::move(both), std::move(factory));
}

std::string HAProxyServerEndpoint::describe(const ListeningPort& port) const {
  return "haproxy:" + endpoint_->describe(port);
}

HAProxyClientEndpoint::HAProxyClientEndpoint(std::shared_ptr<StreamClientEndpoint> endpoint,
                                             ProxyHeader header, ProxyHeaderSender::Version version)
    : WrapperClientEndpoint(std::move(endpoint), [header = std::move(header),
                                                  version](std::shared_ptr<Factory> above) {
        return std::make_shared<ProxyHeaderSender>(std::move(above), header, version);
      }) {}

}  // namespace plait
