#include <plait/policies/detail/placed_protocol.hpp>
#include <plait/policies/limit_connections_by_peer.hpp>
#include <stdexcept>

namespace plait {

LimitConnectionsByPeer::LimitConnectionsByPeer(std::shared_ptr<Factory> wrapped, std::size_t limit,
                                               PeerPrefixes prefixes, RefusalOptions refusals)
    : LimitConnectionsByPeer(std::move(wrapped),
                             std::make_shared<PeerConnectionLimit>(limit, prefixes),
                             std::move(refusals)) {}

LimitConnectionsByPeer::LimitConnectionsByPeer(std::shared_ptr<Factory> wrapped,
                                               std::shared_ptr<PeerConnectionLimit> limit,
                                               RefusalOptions refusals)
    : WrappingFactory(std::move(wrapped)),
      limit_(std::move(limit)),
      refusals_(std::move(refusals)) {
  if (!limit_) throw std::invalid_argument("LimitConnectionsByPeer: there is no limit");
}

std::shared_ptr<Protocol> LimitConnectionsByPeer::buildProtocol(const Address& address) {
  auto place = limit_->enter(address);
  if (place) return detail::placed(wrappedFactory().makeProtocol(address), std::move(*place));
  refusals_.tell(address, "{} has {} connections already",
                 PeerGroup::of(address, limit_->prefixes())->toString(), limit_->most());
  return nullptr;
}

}  // namespace plait
