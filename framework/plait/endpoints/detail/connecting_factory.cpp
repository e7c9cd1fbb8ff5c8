#include <plait/endpoints/detail/connecting_factory.hpp>
#include <plait/endpoints/errors.hpp>

namespace plait::detail {

namespace {

/// Connects the user's protocol, announces it, and is out of the way.
class Announcer final : public Protocol {
 public:
  Announcer(std::shared_ptr<ConnectingFactory> factory, std::shared_ptr<Protocol> protocol)
      : factory_(std::move(factory)), protocol_(std::move(protocol)) {}

  void connectionMade() override {
    const auto factory = std::move(factory_);
    const auto protocol = std::move(protocol_);
    if (factory->over()) return transport().abortConnection();  // cancelled meanwhile
    try {
      handOver(protocol);
    } catch (...) {
      factory->fail(Failure());
      throw;
    }
    factory->succeed(protocol);
  }

  std::string logPrefix() const override {
    return protocol_ ? protocol_->logPrefix() : Protocol::logPrefix();
  }

 private:
  std::shared_ptr<ConnectingFactory> factory_;
  std::shared_ptr<Protocol> protocol_;
};

}  // namespace

std::shared_ptr<ConnectingFactory> ConnectingFactory::make(std::shared_ptr<Factory> factory,
                                                           Address destination) {
  auto made = std::make_shared<ConnectingFactory>(std::move(factory));
  made->setDestination(std::move(destination));
  made->result_ = Deferred<std::shared_ptr<Protocol>>([weak = std::weak_ptr(made)](auto&) {
    if (auto self = weak.lock()) self->cancel();
  });
  return made;
}

void ConnectingFactory::cancel() {
  if (std::exchange(over_, true)) return;
  if (stop_) std::exchange(stop_, nullptr)();
  result_.errback(Failure(ConnectingCancelledError(destination_)));
}

void ConnectingFactory::fail(Failure reason) {
  if (std::exchange(over_, true)) return;
  stop_ = nullptr;
  result_.errback(std::move(reason));
}

void ConnectingFactory::succeed(std::shared_ptr<Protocol> protocol) {
  if (std::exchange(over_, true)) return;
  stop_ = nullptr;
  result_.callback(std::move(protocol));
}

std::shared_ptr<Protocol> ConnectingFactory::buildProtocol(const Address& address) {
  if (over_) return nullptr;
  std::shared_ptr<Protocol> protocol;
  try {
    protocol = factory_->makeProtocol(address);
    if (!protocol) throw NoProtocol();
  } catch (...) {
    fail(Failure());
    return nullptr;
  }
  auto self = std::static_pointer_cast<ConnectingFactory>(shared_from_this());
  return std::make_shared<Announcer>(std::move(self), std::move(protocol));
}

void ConnectingFactory::startedConnecting(Connector& connector) {
  onCancel([weak = connector.weak_from_this()] {
    if (auto alive = weak.lock()) alive->disconnect();
  });
}

Deferred<std::shared_ptr<Protocol>> connectWith(
    std::shared_ptr<Factory> factory, Address destination,
    UniqueFunction<void(std::shared_ptr<ConnectingFactory>)> start) {
  auto connecting = ConnectingFactory::make(std::move(factory), std::move(destination));
  const auto result = connecting->result();
  try {
    start(connecting);
  } catch (...) {
    connecting->fail(Failure());
  }
  return result;
}

}  // namespace plait::detail
