#include <gtest/gtest.h>

#include <map>
#include <plait/policies/connection_rate_limit.hpp>
#include <random>
#include <stdexcept>

namespace plait {
namespace {

using namespace std::chrono_literals;
using Verdict = ConnectionRateLimit::Verdict;

Address peer(std::uint32_t number) {
  const auto octet = [&](int shift) { return static_cast<std::uint8_t>(number >> shift); };
  return IPv4Address{{octet(24), octet(16), octet(8), octet(0)}, 4711};
}

/// How many of `tries` are let in at once.
int admitted(ConnectionRateLimit& limit, TimePoint now, int tries, std::uint32_t from = 1) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += limit.admit(peer(from), now) == Verdict::admitted;
  return count;
}

TEST(ConnectionRateLimit, LetsABurstIn) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{1, 5}});
  EXPECT_EQ(admitted(limit, TimePoint(10s), 100), 5);
}

TEST(ConnectionRateLimit, LetsInAsManyASecondInTheLongRun) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{4, 1}});
  int count = 0;
  for (Duration t = 0s; t < 100s; t += 10ms) count += admitted(limit, TimePoint(t), 1);
  EXPECT_EQ(count, 400);
}

TEST(ConnectionRateLimit, FillsUpInARest) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{2, 4}});
  EXPECT_EQ(admitted(limit, TimePoint(0s), 10), 4);
  EXPECT_EQ(admitted(limit, TimePoint(500ms - 1ns), 10), 0);
  EXPECT_EQ(admitted(limit, TimePoint(500ms), 10), 1);
  EXPECT_EQ(admitted(limit, TimePoint(1500ms), 10), 2);
  EXPECT_EQ(admitted(limit, TimePoint(1h), 10), 4) << "no more than a burst";
}

TEST(ConnectionRateLimit, TellsPeersApart) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{1, 1}});
  EXPECT_EQ(admitted(limit, TimePoint(0s), 3, 1), 1);
  EXPECT_EQ(admitted(limit, TimePoint(0s), 3, 2), 1);
  EXPECT_EQ(limit.admit(peer(1), TimePoint(0s)), Verdict::peerTooFast);
}

TEST(ConnectionRateLimit, TakesANetworkForOne) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{1, 1}, .prefixes = {.ipv4 = 24}});
  EXPECT_EQ(admitted(limit, TimePoint(0s), 1, 0x0a000001), 1);
  EXPECT_EQ(admitted(limit, TimePoint(0s), 1, 0x0a0000fe), 0);
  EXPECT_EQ(admitted(limit, TimePoint(0s), 1, 0x0a000101), 1);
}

TEST(ConnectionRateLimit, LimitsAllTogether) {
  ConnectionRateLimit limit({.total = ConnectionRate{1, 2}});
  EXPECT_EQ(admitted(limit, TimePoint(0s), 1, 1), 1);
  EXPECT_EQ(admitted(limit, TimePoint(0s), 1, 2), 1);
  EXPECT_EQ(limit.admit(peer(3), TimePoint(0s)), Verdict::allTooFast);
  EXPECT_EQ(limit.admit(UNIXAddress{}, TimePoint(0s)), Verdict::allTooFast);
  EXPECT_EQ(limit.admit(UNIXAddress{}, TimePoint(1s)), Verdict::admitted);
}

TEST(ConnectionRateLimit, DoesNotLetAFastPeerUseUpWhatIsForAll) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{1, 1}, .total = ConnectionRate{1, 3}});
  EXPECT_EQ(admitted(limit, TimePoint(0s), 100, 1), 1);
  EXPECT_EQ(admitted(limit, TimePoint(0s), 100, 2), 1);
  EXPECT_EQ(admitted(limit, TimePoint(0s), 100, 3), 1);
}

TEST(ConnectionRateLimit, TakesNoTokenOfAPeerThatAllTogetherKeepOut) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{0.001, 1}, .total = ConnectionRate{1, 1}});
  EXPECT_EQ(limit.admit(peer(1), TimePoint(0s)), Verdict::admitted);
  EXPECT_EQ(limit.admit(peer(2), TimePoint(0s)), Verdict::allTooFast);
  EXPECT_EQ(limit.admit(peer(2), TimePoint(1s)), Verdict::admitted);
}

TEST(ConnectionRateLimit, DoesNotLimitPeersWithoutAnIPAddress) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{1, 1}});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(limit.admit(UNIXAddress{}, TimePoint(0s)), Verdict::admitted);
  }
  EXPECT_EQ(limit.rememberedPeers(), 0u);
}

TEST(ConnectionRateLimit, AllowsAnythingWhenNothingIsLimited) {
  ConnectionRateLimit limit({});
  EXPECT_EQ(admitted(limit, TimePoint(0s), 1000), 1000);
}

TEST(ConnectionRateLimit, RefusesRatesThatAreNone) {
  EXPECT_THROW(ConnectionRateLimit({.perPeer = ConnectionRate{0, 1}}), std::invalid_argument);
  EXPECT_THROW(ConnectionRateLimit({.perPeer = ConnectionRate{-1, 1}}), std::invalid_argument);
  EXPECT_THROW(ConnectionRateLimit({.total = ConnectionRate{NAN, 1}}), std::invalid_argument);
  EXPECT_THROW(ConnectionRateLimit({.total = ConnectionRate{1, 0}}), std::invalid_argument);
  EXPECT_THROW(ConnectionRateLimit({.prefixes = {.ipv4 = 33}}), std::invalid_argument);
}

TEST(ConnectionRateLimit, BearsRatesOfAnySize) {
  ConnectionRateLimit slow({.perPeer = ConnectionRate{1e-300, SIZE_MAX}});
  EXPECT_EQ(admitted(slow, TimePoint(1000h), 1), 1);
  ConnectionRateLimit fast({.perPeer = ConnectionRate{1e300, 1}});
  EXPECT_EQ(admitted(fast, TimePoint(1000h), 1000), 1000);
}

TEST(ConnectionRateLimit, ForgetsPeersAtRest) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{1, 10}});
  for (std::uint32_t i = 0; i < 1000; ++i) limit.admit(peer(i), TimePoint(0s));
  EXPECT_EQ(limit.rememberedPeers(), 1000u);
  limit.admit(peer(1), TimePoint(10s));
  limit.admit(peer(1), TimePoint(20s));
  EXPECT_EQ(limit.rememberedPeers(), 1u);
}

TEST(ConnectionRateLimit, IsNotGrownByAFloodOfAddresses) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{0.001, 1}, .rememberedPeers = 1000});
  for (std::uint32_t i = 0; i < 100000; ++i) {
    ASSERT_EQ(limit.admit(peer(i), TimePoint(0s)), Verdict::admitted);
    ASSERT_LE(limit.rememberedPeers(), 1000u);
  }
}

TEST(ConnectionRateLimit, DoesNotForgetInAFloodWhoGoesOn) {
  ConnectionRateLimit limit({.perPeer = ConnectionRate{0.001, 1}, .rememberedPeers = 1000});
  ASSERT_EQ(limit.admit(peer(0), TimePoint(0s)), Verdict::admitted);
  for (std::uint32_t i = 1; i < 100000; ++i) {
    limit.admit(peer(i), TimePoint(0s));
    if (i % 400 != 0) continue;
    ASSERT_EQ(limit.admit(peer(0), TimePoint(0s)), Verdict::peerTooFast) << i;
  }
}

/// Tokens as one would count them who has room for all peers.
class TokenBuckets {
 public:
  explicit TokenBuckets(ConnectionRate rate) : rate_(rate) {}

  bool admit(std::uint32_t from, Duration now) {
    auto [found, isNew] = buckets_.try_emplace(from, Bucket{static_cast<double>(rate_.burst), now});
    Bucket& bucket = found->second;
    const double passed = std::chrono::duration<double>(now - bucket.at).count();
    bucket.tokens =
        std::min(static_cast<double>(rate_.burst), bucket.tokens + passed * rate_.perSecond);
    bucket.at = now;
    if (bucket.tokens < 1 - 1e-6) return false;
    bucket.tokens -= 1;
    return true;
  }

 private:
  struct Bucket {
    double tokens;
    Duration at;
  };
  ConnectionRate rate_;
  std::map<std::uint32_t, Bucket> buckets_;
};

/// Whatever the peers do: as long as there are fewer than half of those that may be remembered,
/// forgetting makes no difference; and however many there are, they are never too many.
TEST(ConnectionRateLimit, ForgetsNobodyWhoMatters) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::uint32_t most) {
      return static_cast<std::uint32_t>(random() % most);
    };
    const ConnectionRate rate{0.25 * (1 << below(5)), 1 + below(6)};
    const std::uint32_t peers = 1 + below(40);
    ConnectionRateLimit limit({.perPeer = rate, .rememberedPeers = 100});
    TokenBuckets tokens(rate);
    Duration now = 0s;
    for (int i = 0; i < 500; ++i) {
      now += below(3) == 0 ? Duration(250ms) * below(20) : Duration::zero();
      const std::uint32_t from = below(peers);
      const bool admits = limit.admit(peer(from), TimePoint(now)) == Verdict::admitted;
      ASSERT_EQ(admits, tokens.admit(from, now)) << "seed " << seed << ", connection " << i;
      ASSERT_LE(limit.rememberedPeers(), 100u) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace plait
