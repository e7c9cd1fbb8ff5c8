#include <plait/core/factory.hpp>
#include <plait/core/protocol.hpp>
#include <stdexcept>

namespace plait {

Protocol::~Protocol() = default;

void Protocol::makeConnection(std::shared_ptr<Transport> transport) {
  transport_ = std::move(transport);
  connectionMade();
}

void Protocol::noTransport() {
  throw std::logic_error("the protocol has no transport yet");
}

void Protocol::handOver(std::shared_ptr<Protocol> next, Bytes unread) {
  transport().switchProtocol(next, std::move(unread));
  next->makeConnection(transport_);
}

Factory& Protocol::factory() const {
  const auto factory = factory_.lock();
  if (!factory) throw std::logic_error("the protocol has no factory, or it is gone");
  return *factory;
}

std::string Protocol::logPrefix() const {
  return readableName(typeid(*this));
}

}  // namespace plait
