#pragma once

#include <cstdint>
#include <plait/core/delayed_call.hpp>

namespace plait::testing {

/// The random numbers of a simulation (xoshiro256**, by Blackman and Vigna): the same seed gives
/// the same numbers, whatever the compiler and the library. The standard's distributions do not.
class SimulatedRandom {
 public:
  explicit SimulatedRandom(std::uint64_t seed);

  std::uint64_t next();
  /// From 0 to `bound` - 1; 0 when `bound` is.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  /// From `least` to `most`, both included.
  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + below(most - least + 1);
  }
  /// True with this probability; draws nothing when that is 0 or less.
  bool chance(double probability) {
    return probability > 0 && static_cast<double>(next() >> 11) * 0x1p-53 < probability;
  }
  /// From zero to `most`; draws nothing when that is zero or less.
  Duration upTo(Duration most) {
    if (most <= Duration::zero()) return Duration::zero();
    return Duration(
        static_cast<Duration::rep>(below(static_cast<std::uint64_t>(most.count()) + 1)));
  }
  /// The seed of another generator, for a part that is to have numbers of its own.
  std::uint64_t seed() { return next(); }

 private:
  std::uint64_t state_[4];
};

}  // namespace plait::testing
