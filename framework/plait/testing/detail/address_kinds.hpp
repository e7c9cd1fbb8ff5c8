#pragma once

#include <plait/core/address.hpp>

/// What an address is to a network.
namespace plait::testing::detail {

/// "All addresses" of its family.
bool isEverywhere(const Address& address);
bool isMulticast(const Address& address);
/// 255.255.255.255
bool isBroadcast(const Address& address);
/// Both are IPv4, or both IPv6.
bool sameFamily(const Address& one, const Address& other);
/// The same IP address with another port.
Address withPort(const Address& address, std::uint16_t port);

}  // namespace plait::testing::detail
