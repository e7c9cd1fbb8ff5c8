#pragma once

#include <deque>
#include <optional>
#include <plait/core/address.hpp>
#include <set>
#include <vector>

namespace plait::detail {

/// The addresses of a host that were not tried yet, in the order of RFC 8305 section 4: IPv6 and
/// IPv4 by turns, IPv6 first, each family in the order in which its addresses were found. More may
/// be added after some were taken.
class AddressQueue {
 public:
  /// A host may have more; nobody would wait for all to be tried.
  static constexpr std::size_t kMostAddresses = 64;

  /// Adds the IP addresses among these that it has not seen before, with this port, until it has
  /// seen `kMostAddresses`.
  void add(const std::vector<Address>& addresses, std::uint16_t port);
  bool empty() const { return ipv6_.empty() && ipv4_.empty(); }
  bool hasIPv6() const { return !ipv6_.empty(); }
  /// The next to be tried. Not when empty.
  Address take();

 private:
  bool isNew(const Address& address);

  std::deque<Address> ipv6_;
  std::deque<Address> ipv4_;
  std::set<Address> seen_;
  bool ipv4IsNext_ = false;
};

}  // namespace plait::detail
