#pragma once

#include <plait/policies/limit_total_connections_factory.hpp>
#include <plait/policies/timeout_factory.hpp>

#include "links.hpp"

namespace plait::testing {

/// Policies with nothing to object to, one in the other, over whatever there is.
inline Wrapping policyWrapping() {
  const auto guarded = [](std::shared_ptr<Factory> factory) {
    const std::chrono::hours never(1000);
    factory = std::make_shared<TimeoutFactory>(
        std::move(factory), TimeoutOptions{.idle = never, .firstByte = never, .lifetime = never});
    return std::make_shared<LimitTotalConnectionsFactory>(std::move(factory), 1000);
  };
  return {.server = guarded, .client = guarded};
}

}  // namespace plait::testing
