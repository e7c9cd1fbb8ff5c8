#include <plait/tls/detail/tls_wire.hpp>
#include <plait/tls/tls_factory.hpp>
#include <stdexcept>

namespace plait {

namespace {

/// What both kinds of factories do, over Factory or ClientFactory.
template <class Base>
class TLSFactory : public Base {
 public:
  TLSFactory(std::shared_ptr<TLSContext> context, std::shared_ptr<Base> factory)
      : context_(std::move(context)), factory_(std::move(factory)) {
    if (!context_ || !factory_) throw std::invalid_argument("TLS: no context, or no factory");
  }

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override {
    auto protocol = factory_->makeProtocol(address);
    if (!protocol) return nullptr;
    return std::make_shared<detail::TLSWire>(context_, std::move(protocol));
  }
  void startFactory() override { factory_->doStart(); }
  void stopFactory() override { factory_->doStop(); }

 protected:
  Base& wrapped() { return *factory_; }

 private:
  std::shared_ptr<TLSContext> context_;
  std::shared_ptr<Base> factory_;
};

class TLSClientFactory final : public TLSFactory<ClientFactory> {
 public:
  using TLSFactory::TLSFactory;

  void startedConnecting(Connector& connector) override { wrapped().startedConnecting(connector); }
  void clientConnectionFailed(Connector& connector, const Failure& reason) override {
    wrapped().clientConnectionFailed(connector, reason);
  }
  void clientConnectionLost(Connector& connector, const Failure& reason) override {
    wrapped().clientConnectionLost(connector, reason);
  }
};

}  // namespace

std::shared_ptr<Factory> tlsServer(std::shared_ptr<TLSContext> context,
                                   std::shared_ptr<Factory> factory) {
  return std::make_shared<TLSFactory<Factory>>(std::move(context), std::move(factory));
}

std::shared_ptr<ClientFactory> tlsClient(std::shared_ptr<TLSContext> context,
                                         std::shared_ptr<ClientFactory> factory) {
  return std::make_shared<TLSClientFactory>(std::move(context), std::move(factory));
}

}  // namespace plait
