#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <plait/core/address.hpp>
#include <string>

namespace plait {

/// How many leading bits of an IP address make two peers the same one. The whole address by
/// default. Whoever has one IPv6 address commonly has its whole /64.
struct PeerPrefixes {
  unsigned ipv4 = 32;   ///< 0 to 32; 24 = the /24 network
  unsigned ipv6 = 128;  ///< 0 to 128; 64 = the /64 network
};

/// Who a peer is for limits by peer: its IP address, or the network that it is in; never its port.
/// An IPv4 address written as IPv6 (::ffff:192.0.2.1) is the IPv4 address.
class PeerGroup {
 public:
  /// The group of a peer; nullopt for those without an IP address (UNIX sockets, pipes): there is
  /// nothing to tell them apart by. std::invalid_argument for prefixes longer than an address.
  static std::optional<PeerGroup> of(const Address& peer, const PeerPrefixes& prefixes);

  /// "192.0.2.1", "192.0.2.0/24", "2001:db8::/64"
  std::string toString() const;

  friend auto operator<=>(const PeerGroup&, const PeerGroup&) = default;

 private:
  std::array<std::uint8_t, 16> octets_{};  // an IPv4 address in the first four
  std::uint32_t scopeID_ = 0;              // a link-local address is another one on another link
  std::uint8_t bits_ = 0;
  bool isIPv6_ = false;
};

}  // namespace plait
