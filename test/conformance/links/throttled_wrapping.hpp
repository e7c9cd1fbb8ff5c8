#pragma once

#include <plait/policies/throttling_factory.hpp>

#include "links.hpp"

namespace plait::testing {

/// Limits, but none that a scenario reaches, over whatever there is.
inline Wrapping throttledWrapping() {
  const auto throttled = [](std::shared_ptr<Factory> factory) {
    const BandwidthLimit generous{.rate = 4'000'000'000, .burst = 4'000'000'000};
    return std::make_shared<ThrottlingFactory>(
        std::move(factory), ThrottlingOptions{.readLimit = generous, .writeLimit = generous});
  };
  return {.server = throttled, .client = throttled};
}

}  // namespace plait::testing
