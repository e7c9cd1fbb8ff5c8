#include <fmt/format.h>

#include <algorithm>
#include <plait/policies/peer_group.hpp>
#include <span>
#include <stdexcept>

namespace plait {

namespace {

constexpr unsigned kIPv4Bits = 32;
constexpr unsigned kIPv6Bits = 128;

std::optional<std::array<std::uint8_t, 4>> ipv4Of(const Address& peer) {
  if (auto* ip = peer.as<IPv4Address>()) return ip->octets;
  auto* ip = peer.as<IPv6Address>();
  constexpr std::array<std::uint8_t, 12> mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!ip || !std::equal(mapped.begin(), mapped.end(), ip->octets.begin())) return std::nullopt;
  return std::array{ip->octets[12], ip->octets[13], ip->octets[14], ip->octets[15]};
}

/// Clears all bits behind the first `bits`.
void cut(std::span<std::uint8_t> octets, unsigned bits) {
  for (std::uint8_t& octet : octets) {
    const unsigned kept = std::min(bits, 8u);
    octet &= static_cast<std::uint8_t>(0xff00u >> kept);
    bits -= kept;
  }
}

}  // namespace

std::optional<PeerGroup> PeerGroup::of(const Address& peer, const PeerPrefixes& prefixes) {
  if (prefixes.ipv4 > kIPv4Bits || prefixes.ipv6 > kIPv6Bits) {
    throw std::invalid_argument(fmt::format("an address has no prefix of /{} (IPv4) or /{} (IPv6)",
                                            prefixes.ipv4, prefixes.ipv6));
  }
  PeerGroup group;
  if (const auto ipv4 = ipv4Of(peer)) {
    std::copy(ipv4->begin(), ipv4->end(), group.octets_.begin());
    group.bits_ = static_cast<std::uint8_t>(prefixes.ipv4);
  } else if (auto* ipv6 = peer.as<IPv6Address>()) {
    group.isIPv6_ = true;
    group.octets_ = ipv6->octets;
    group.scopeID_ = ipv6->scopeID;
    group.bits_ = static_cast<std::uint8_t>(prefixes.ipv6);
  } else {
    return std::nullopt;
  }
  cut(group.octets_, group.bits_);
  return group;
}

std::string PeerGroup::toString() const {
  if (isIPv6_) {
    const std::string host = IPv6Address{octets_, scopeID_, 0}.host();
    return bits_ == kIPv6Bits ? host : fmt::format("{}/{}", host, bits_);
  }
  const std::string host = IPv4Address{{octets_[0], octets_[1], octets_[2], octets_[3]}, 0}.host();
  return bits_ == kIPv4Bits ? host : fmt::format("{}/{}", host, bits_);
}

}  // namespace plait
