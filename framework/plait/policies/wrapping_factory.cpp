#include <plait/policies/wrapping_factory.hpp>
#include <stdexcept>

namespace plait {

WrappingFactory::WrappingFactory(std::shared_ptr<Factory> wrapped)
    : wrapped_(std::move(wrapped)), client_(dynamic_cast<ClientFactory*>(wrapped_.get())) {
  if (!wrapped_) throw std::invalid_argument("a policy needs a factory to wrap");
}

std::shared_ptr<Protocol> WrappingFactory::buildProtocol(const Address& address) {
  auto protocol = wrapped_->makeProtocol(address);
  if (!protocol) return nullptr;
  return wrap(std::move(protocol), address);
}

std::shared_ptr<ProtocolWrapper> WrappingFactory::wrap(std::shared_ptr<Protocol> protocol,
                                                       const Address&) {
  return std::make_shared<ProtocolWrapper>(std::move(protocol));
}

void WrappingFactory::startedConnecting(Connector& connector) {
  if (client_) client_->startedConnecting(connector);
}

void WrappingFactory::clientConnectionFailed(Connector& connector, const Failure& reason) {
  if (client_) client_->clientConnectionFailed(connector, reason);
}

void WrappingFactory::clientConnectionLost(Connector& connector, const Failure& reason) {
  if (client_) client_->clientConnectionLost(connector, reason);
}

}  // namespace plait
