#pragma once

#include "load/options.hpp"

namespace bench {

/// What connections cost that do nothing, by memory of the server in user space and CPU time.
struct IdleCost {
  double bytesConnected = 0;           ///< per connection that has never sent anything
  double bytesAfterRoundTrip = 0;      ///< per connection that has had one message and its reply
  double cpuNanosecondsPerSecond = 0;  ///< of all together, while nothing happens
};

/// Throws std::runtime_error.
IdleCost measureIdle(const Options& options);

}  // namespace bench
