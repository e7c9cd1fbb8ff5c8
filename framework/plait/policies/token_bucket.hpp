#pragma once

#include <cstdint>
#include <plait/core/delayed_call.hpp>

namespace plait {

/// How many bytes may pass.
struct BandwidthLimit {
  /// Bytes a second; from 1 to 4,000,000,000.
  std::uint64_t rate = 0;
  /// Bytes that may pass at once after a silence, up to 4,000,000,000; 0 = a quarter of a second's
  /// (at least one).
  std::uint64_t burst = 0;
};

/// Counts what may pass: it fills with `rate` bytes a second, up to `burst`, and starts full. So in
/// any time `t` no more than `rate * t + burst` are taken. Exact: nothing is rounded but down to
/// whole bytes, and what that leaves is kept. Twisted: `htb.Bucket`, whose parents are a Throttle's
/// here.
class TokenBucket {
 public:
  /// std::invalid_argument for a rate or a burst that is out of bounds.
  TokenBucket(BandwidthLimit limit, TimePoint now);

  /// As given, with the default burst put in.
  const BandwidthLimit& limit() const { return limit_; }
  /// Bytes that may be taken now. `now` must not go backwards.
  std::uint64_t available(TimePoint now);
  /// Takes up to `wanted` bytes; returns how many.
  std::uint64_t take(std::uint64_t wanted, TimePoint now);
  /// How long from `now` until `amount` bytes (no more than the burst) are available.
  Duration timeUntil(std::uint64_t amount, TimePoint now);

 private:
  void fill(TimePoint now);

  BandwidthLimit limit_;
  std::int64_t content_;  // in billionths of a byte: what a rate of 1 gives in a nanosecond
  TimePoint filledAt_;
};

}  // namespace plait
