#pragma once

#include <plait/policies/connection_rate_limit.hpp>
#include <plait/policies/refusals.hpp>
#include <plait/policies/wrapping_factory.hpp>

namespace plait {

/// Serves no more than so many new connections a second, of each peer and in all; those that come
/// faster are closed without a byte.
///
///     // of each address one a second, but ten at once; of all together a thousand
///     LimitConnectionRate(factory, {.perPeer = ConnectionRate{1, 10},
///                                   .total = ConnectionRate{1000, 1000}})
///
/// Costs the connections that it lets in nothing. Refusals are logged, one a minute at most.
///
/// Thread: `buildProtocol` any, as with a pool of reactors, all of which share the limit.
class LimitConnectionRate : public WrappingFactory {
 public:
  /// std::invalid_argument as for ConnectionRateLimit.
  LimitConnectionRate(std::shared_ptr<Factory> wrapped, ConnectionRateOptions options,
                      RefusalOptions refusals = {});
  /// A limit that is shared with other factories.
  LimitConnectionRate(std::shared_ptr<Factory> wrapped, std::shared_ptr<ConnectionRateLimit> limit,
                      RefusalOptions refusals = {});

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;

 private:
  std::shared_ptr<ConnectionRateLimit> limit_;
  Refusals refusals_;
};

}  // namespace plait
