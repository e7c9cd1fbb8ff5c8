#include <plait/policies/timeout_factory.hpp>
#include <plait/policies/timeout_protocol.hpp>

namespace plait {

TimeoutFactory::TimeoutFactory(std::shared_ptr<Factory> wrapped, TimeoutOptions options)
    : WrappingFactory(std::move(wrapped)), options_(options) {
  checkTimeouts(options_);
}

std::shared_ptr<ProtocolWrapper> TimeoutFactory::wrap(std::shared_ptr<Protocol> protocol,
                                                      const Address&) {
  return std::make_shared<TimeoutProtocol>(std::move(protocol), options_);
}

}  // namespace plait
