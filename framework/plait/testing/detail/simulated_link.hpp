#pragma once

#include <plait/testing/detail/simulation.hpp>
#include <plait/testing/link_options.hpp>

namespace plait::testing::detail {

/// The way between two hosts, as it is now.
struct SimulatedLink {
  LinkOptions options;
  bool own = false;  // set for these two, and not the default
  bool cut = false;
  bool held = false;
  std::vector<UniqueFunction<void()>> heldDatagrams;  // each delivers itself

  /// Nothing gets through for now.
  bool blocked() const { return cut || held; }
  /// How long something takes that is sent now.
  Duration delay(SimulatedRandom& random) const {
    return options.latency + random.upTo(options.jitter);
  }
};

}  // namespace plait::testing::detail
