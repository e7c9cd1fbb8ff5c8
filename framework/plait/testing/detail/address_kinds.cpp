#include <plait/testing/detail/address_kinds.hpp>

namespace plait::testing::detail {

bool isEverywhere(const Address& address) {
  if (const auto* v4 = address.as<IPv4Address>()) return v4->octets == IPv4Address().octets;
  const auto* v6 = address.as<IPv6Address>();
  return v6 && v6->octets == IPv6Address().octets;
}

bool isMulticast(const Address& address) {
  if (const auto* v4 = address.as<IPv4Address>()) return (v4->octets[0] & 0xf0) == 0xe0;
  const auto* v6 = address.as<IPv6Address>();
  return v6 && v6->octets[0] == 0xff;
}

bool isBroadcast(const Address& address) {
  const auto* v4 = address.as<IPv4Address>();
  return v4 && v4->octets == std::array<std::uint8_t, 4>{255, 255, 255, 255};
}

bool sameFamily(const Address& one, const Address& other) {
  return (one.as<IPv4Address>() && other.as<IPv4Address>()) ||
         (one.as<IPv6Address>() && other.as<IPv6Address>());
}

Address withPort(const Address& address, std::uint16_t port) {
  if (const auto* v4 = address.as<IPv4Address>()) return IPv4Address{v4->octets, port};
  if (const auto* v6 = address.as<IPv6Address>()) {
    return IPv6Address{v6->octets, v6->scopeID, port};
  }
  return address;
}

}  // namespace plait::testing::detail
