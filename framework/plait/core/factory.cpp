#include <plait/core/factory.hpp>

namespace plait {

std::shared_ptr<Protocol> Factory::makeProtocol(const Address& address) {
  auto protocol = buildProtocol(address);
  if (protocol && !protocol->hasFactory()) protocol->setFactory(shared_from_this());
  return protocol;
}

void Factory::doStart() {
  if (numPorts_ == 0) startFactory();
  ++numPorts_;
}

void Factory::doStop() {
  if (numPorts_ == 0) return;
  if (--numPorts_ == 0) stopFactory();
}

}  // namespace plait
