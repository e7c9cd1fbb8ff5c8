#include <plait/endpoints/detail/address_queue.hpp>

namespace plait::detail {

void AddressQueue::add(const std::vector<Address>& addresses, std::uint16_t port) {
  for (const Address& address : addresses) {
    if (const auto* v6 = address.as<IPv6Address>()) {
      IPv6Address full = *v6;
      full.port = port;
      if (isNew(full)) ipv6_.push_back(full);
    } else if (const auto* v4 = address.as<IPv4Address>()) {
      const IPv4Address full{v4->octets, port};
      if (isNew(full)) ipv4_.push_back(full);
    }
  }
}

bool AddressQueue::isNew(const Address& address) {
  return seen_.size() < kMostAddresses && seen_.insert(address).second;
}

Address AddressQueue::take() {
  const bool ipv4 = ipv6_.empty() || (ipv4IsNext_ && !ipv4_.empty());
  auto& queue = ipv4 ? ipv4_ : ipv6_;
  Address next = queue.front();
  queue.pop_front();
  ipv4IsNext_ = !ipv4;
  return next;
}

}  // namespace plait::detail
