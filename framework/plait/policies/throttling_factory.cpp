#include <plait/policies/detail/throttled_connection.hpp>
#include <plait/policies/throttling_factory.hpp>

namespace plait {

ThrottlingFactory::ThrottlingFactory(std::shared_ptr<Factory> wrapped, ThrottlingOptions options)
    : WrappingFactory(std::move(wrapped)), options_(std::move(options)) {
  for (const auto& limit : {options_.readLimit, options_.writeLimit}) {
    if (limit) TokenBucket(*limit, TimePoint());  // throws
  }
}

std::shared_ptr<Protocol> ThrottlingFactory::buildProtocol(const Address& address) {
  auto protocol = wrappedFactory().makeProtocol(address);
  if (!protocol) return nullptr;
  return std::make_shared<detail::ThrottledWire>(std::move(protocol), options_);
}

}  // namespace plait
