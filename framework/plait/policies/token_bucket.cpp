#include <algorithm>
#include <plait/policies/token_bucket.hpp>
#include <stdexcept>

namespace plait {

namespace {

constexpr std::int64_t kByte = 1'000'000'000;
/// So that a full bucket, and what comes in the nanosecond that fills it, can be counted.
constexpr std::uint64_t kMost = 4'000'000'000;

BandwidthLimit checked(BandwidthLimit limit) {
  if (limit.rate == 0 || limit.rate > kMost) {
    throw std::invalid_argument("a rate must be from 1 to 4,000,000,000 bytes a second");
  }
  if (limit.burst > kMost) {
    throw std::invalid_argument("a burst must be at most 4,000,000,000 bytes");
  }
  if (limit.burst == 0) limit.burst = std::max<std::uint64_t>(limit.rate / 4, 1);
  return limit;
}

/// Billionths of a byte in `amount` bytes (at most kMost).
std::int64_t billionths(std::uint64_t amount) {
  return static_cast<std::int64_t>(amount) * kByte;
}

std::int64_t dividedRoundingUp(std::int64_t value, std::int64_t by) {
  return (value + by - 1) / by;
}

}  // namespace

TokenBucket::TokenBucket(BandwidthLimit limit, TimePoint now)
    : limit_(checked(limit)), content_(billionths(limit_.burst)), filledAt_(now) {}

void TokenBucket::fill(TimePoint now) {
  const std::int64_t passed = (now - filledAt_).count();
  if (passed <= 0) return;
  filledAt_ = now;
  const std::int64_t full = billionths(limit_.burst);
  const auto rate = static_cast<std::int64_t>(limit_.rate);
  if (passed >= dividedRoundingUp(full - content_, rate)) {
    content_ = full;
  } else {
    content_ += rate * passed;
  }
}

std::uint64_t TokenBucket::available(TimePoint now) {
  fill(now);
  return static_cast<std::uint64_t>(content_ / kByte);
}

std::uint64_t TokenBucket::take(std::uint64_t wanted, TimePoint now) {
  const std::uint64_t taken = std::min(wanted, available(now));
  content_ -= billionths(taken);
  return taken;
}

Duration TokenBucket::timeUntil(std::uint64_t amount, TimePoint now) {
  fill(now);
  const std::int64_t missing = billionths(std::min(amount, limit_.burst)) - content_;
  if (missing <= 0) return Duration::zero();
  return Duration(dividedRoundingUp(missing, static_cast<std::int64_t>(limit_.rate)));
}

}  // namespace plait
