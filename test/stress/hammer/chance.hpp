#pragma once

#include <cstdint>
#include <random>

namespace plait::stress {

/// Choices that a seed decides.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}

  /// 0 to `limit` - 1.
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool oneIn(std::uint64_t n) { return below(n) == 0; }
  /// Mostly small, sometimes large.
  std::size_t size() {
    switch (below(16)) {
      case 0:
        return below(400'000);
      case 1:
      case 2:
        return below(65'536);
      case 3:
      case 4:
        return below(8'192);
      default:
        return below(200);
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace plait::stress
