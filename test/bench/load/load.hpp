#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "load/options.hpp"
#include "load/server_process.hpp"

namespace bench {

/// What a phase achieved.
struct PhaseResult {
  std::uint64_t requests = 0;
  std::chrono::duration<double> wall{};
  /// From writing each batch until its last reply was in, unordered.
  std::vector<std::chrono::nanoseconds> latencies;
};

/// A kind of load, in one thread. Whatever goes wrong throws std::runtime_error.
class Load {
 public:
  virtual ~Load() = default;

  /// Does `requests` requests, rounded up to whole batches, or, when that is 0, begins batches for
  /// `seconds`. Returns when every reply has come, so the server has nothing left to do.
  virtual PhaseResult run(std::uint64_t requests, double seconds) = 0;

  /// Gives the server a moment to finish the turn of its loop and go to sleep, then makes sure that
  /// it sent nothing which nobody asked for.
  virtual void settle() = 0;
};

/// The kind that `options` ask for, ready to run. `server` may be null.
std::unique_ptr<Load> makeLoad(const Options& options, const ServerProcess* server);

}  // namespace bench
