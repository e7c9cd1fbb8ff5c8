#include <plait/core/factory.hpp>

namespace plait {

namespace detail {

/// Named in the log, so not without a name space.
class PlainFactory final : public Factory {
 public:
  explicit PlainFactory(MakeProtocol make) : make_(make) {}
  std::shared_ptr<Protocol> buildProtocol(const Address&) override { return make_(); }

 private:
  MakeProtocol make_;
};

std::shared_ptr<Factory> factoryFor(MakeProtocol make) {
  return std::make_shared<PlainFactory>(make);
}

}  // namespace detail

Factory::~Factory() = default;

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
