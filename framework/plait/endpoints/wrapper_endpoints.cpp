#include <plait/endpoints/detail/connecting_factory.hpp>
#include <plait/endpoints/wrapper_endpoints.hpp>

namespace plait {

Deferred<std::shared_ptr<ListeningPort>> WrapperServerEndpoint::listen(
    std::shared_ptr<Factory> factory) {
  return maybeDeferred([&] { return below_->listen(layer_(std::move(factory))); });
}

Deferred<std::shared_ptr<ListeningPort>> WrapperServerEndpoint::listenBeneath(
    FactoryWrapper layer, std::shared_ptr<Factory> factory) {
  return maybeDeferred(
      [&] { return below_->listenBeneath(std::move(layer), layer_(std::move(factory))); });
}

Deferred<std::shared_ptr<Protocol>> WrapperClientEndpoint::connect(
    std::shared_ptr<Factory> factory) {
  using ProtocolPtr = std::shared_ptr<Protocol>;
  const auto upper = detail::ConnectingFactory::make(std::move(factory));
  return maybeDeferred([&] { return below_->connect(layer_(upper)); })
      .addBoth([upper](Result<ProtocolPtr> lower) -> Deferred<ProtocolPtr> {
        if (upper->over()) return upper->result();
        if (!lower.success()) return fail<ProtocolPtr>(lower.failure());
        const ProtocolPtr protocol = std::move(lower).value();
        upper->setDestination(protocol->transport().getPeer());
        upper->onCancel([weak = std::weak_ptr(protocol)] {
          if (auto alive = weak.lock()) alive->transport().abortConnection();
        });
        return upper->result();
      });
}

}  // namespace plait
