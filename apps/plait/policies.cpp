#include "policies.hpp"

#include <plait/policies/limit_connections_by_peer.hpp>
#include <plait/policies/limit_total_connections_factory.hpp>
#include <plait/policies/timeout_factory.hpp>

namespace plait::app {

Policies::Policies(const PolicyOptions& options)
    : timeouts_(options.timeouts), throttling_(options.throttling) {
  if (options.maxConnections) limit_ = std::make_shared<ConnectionLimit>(*options.maxConnections);
  if (options.maxConnectionsPerPeer) {
    limitByPeer_ = std::make_shared<PeerConnectionLimit>(*options.maxConnectionsPerPeer);
  }
}

std::shared_ptr<Factory> Policies::around(std::shared_ptr<Factory> factory) const {
  if (timeouts_.idle || timeouts_.firstByte) {
    factory = std::make_shared<TimeoutFactory>(std::move(factory), timeouts_);
  }
  // Outside of the timeouts: what is slow by order is not idle.
  if (throttling_.readLimit || throttling_.writeLimit) {
    factory = std::make_shared<ThrottlingFactory>(std::move(factory), throttling_);
  }
  if (limit_) factory = std::make_shared<LimitTotalConnectionsFactory>(std::move(factory), limit_);
  if (limitByPeer_) {
    factory = std::make_shared<LimitConnectionsByPeer>(std::move(factory), limitByPeer_);
  }
  return factory;
}

}  // namespace plait::app
