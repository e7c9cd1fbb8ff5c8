#include <plait/policies/detail/placed_protocol.hpp>
#include <plait/policies/limit_total_connections_factory.hpp>
#include <stdexcept>

namespace plait {

LimitTotalConnectionsFactory::LimitTotalConnectionsFactory(std::shared_ptr<Factory> wrapped,
                                                           std::size_t limit,
                                                           OverflowOptions overflow,
                                                           RefusalOptions refusals)
    : LimitTotalConnectionsFactory(std::move(wrapped), std::make_shared<ConnectionLimit>(limit),
                                   std::move(overflow), std::move(refusals)) {}

LimitTotalConnectionsFactory::LimitTotalConnectionsFactory(std::shared_ptr<Factory> wrapped,
                                                           std::shared_ptr<ConnectionLimit> limit,
                                                           OverflowOptions overflow,
                                                           RefusalOptions refusals)
    : WrappingFactory(std::move(wrapped)),
      limit_(std::move(limit)),
      overflow_(std::move(overflow.factory)),
      overflowLimit_(std::make_shared<ConnectionLimit>(overflow_ ? overflow.limit : 0)),
      refusals_(std::move(refusals)) {
  if (!limit_) throw std::invalid_argument("LimitTotalConnectionsFactory: there is no limit");
}

std::shared_ptr<Protocol> LimitTotalConnectionsFactory::buildProtocol(const Address& address) {
  auto place = limit_->enter();
  if (!place) return buildOverflow(address);
  return detail::placed(wrappedFactory().makeProtocol(address), std::move(*place));
}

std::shared_ptr<Protocol> LimitTotalConnectionsFactory::buildOverflow(const Address& address) {
  auto place = overflowLimit_->enter();
  if (place) return detail::placed(overflow_->makeProtocol(address), std::move(*place));
  refusals_.tell(address, "{} are connected already", limit_->most());
  return nullptr;
}

void LimitTotalConnectionsFactory::startFactory() {
  WrappingFactory::startFactory();
  if (!overflow_) return;
  try {
    overflow_->doStart();
  } catch (...) {
    WrappingFactory::stopFactory();
    throw;
  }
}

void LimitTotalConnectionsFactory::stopFactory() {
  if (overflow_) overflow_->doStop();
  WrappingFactory::stopFactory();
}

}  // namespace plait
