#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <plait/core/errors.hpp>
#include <plait/net/detail/multicast.hpp>
#include <plait/net/detail/socket_address.hpp>

namespace plait::detail {

namespace {

bool isMulticast(const Address& address) {
  if (auto* v4 = address.as<IPv4Address>()) return v4->octets[0] >> 4 == 0xe;
  if (auto* v6 = address.as<IPv6Address>()) return v6->octets[0] == 0xff;
  return false;
}

Address literal(const std::string& text) {
  if (auto v4 = IPv4Address::parse(text)) return *v4;
  if (auto v6 = IPv6Address::parse(text)) return *v6;
  return {};
}

/// The interface that has the address; 0 when none has.
unsigned indexOfAddress(const Address& wanted) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return 0;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, ::freeifaddrs);
  for (const ifaddrs* each = list; each; each = each->ifa_next) {
    if (!each->ifa_addr) continue;
    Address address;
    if (each->ifa_addr->sa_family == AF_INET) {
      address = SocketAddress(*each->ifa_addr, sizeof(sockaddr_in)).toAddress();
    } else if (each->ifa_addr->sa_family == AF_INET6) {
      address = SocketAddress(*each->ifa_addr, sizeof(sockaddr_in6)).toAddress();
    }
    if (address != Address() && address.host() == wanted.host()) {
      return ::if_nametoindex(each->ifa_name);
    }
  }
  return 0;
}

int level(int family) {
  return family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
}

int getOption(int socket, int family, int v4, int v6, int fallback) {
  int value = fallback;
  socklen_t size = sizeof value;
  ::getsockopt(socket, level(family), family == AF_INET6 ? v6 : v4, &value, &size);
  return value;
}

void setOption(int socket, int family, int v4, int v6, int value) {
  ::setsockopt(socket, level(family), family == AF_INET6 ? v6 : v4, &value, sizeof value);
}

}  // namespace

std::optional<unsigned> interfaceIndex(const std::string& interface) {
  if (interface.empty()) return 0;
  const Address address = literal(interface);
  const unsigned index =
      address == Address() ? ::if_nametoindex(interface.c_str()) : indexOfAddress(address);
  return index == 0 ? std::nullopt : std::optional(index);
}

std::string changeMembership(int socket, bool join, const std::string& group,
                             const std::string& interface) {
  const Address address = literal(group);
  if (!isMulticast(address)) return "it is no multicast address";
  const auto index = interfaceIndex(interface);
  if (!index) return fmt::format("there is no interface '{}'", interface);

  const SocketAddress system(address);
  group_req request{};
  request.gr_interface = *index;
  const auto* scoped = address.as<IPv6Address>();
  if (*index == 0 && scoped) request.gr_interface = scoped->scopeID;
  std::memcpy(&request.gr_group, system.data(), system.size());
  if (::setsockopt(socket, level(system.family()), join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP,
                   &request, sizeof request) == 0) {
    return {};
  }
  return describe(std::error_code(errno, std::system_category()));
}

void hearJoinedGroupsOnly(int socket, int family) {
#if defined IP_MULTICAST_ALL && defined IPV6_MULTICAST_ALL
  setOption(socket, family, IP_MULTICAST_ALL, IPV6_MULTICAST_ALL, 0);
#endif
}

void setMulticastTTL(int socket, int family, int ttl) {
  setOption(socket, family, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, ttl);
}

int getMulticastTTL(int socket, int family) {
  return getOption(socket, family, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, 1);
}

void setMulticastLoopback(int socket, int family, bool on) {
  setOption(socket, family, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP, on);
}

bool getMulticastLoopback(int socket, int family) {
  return getOption(socket, family, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP, 1) != 0;
}

void setMulticastInterface(int socket, int family, unsigned index) {
  if (family == AF_INET6) {
    const int number = static_cast<int>(index);
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, &number, sizeof number);
  } else {
    ip_mreqn request{};
    request.imr_ifindex = static_cast<int>(index);
    ::setsockopt(socket, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request);
  }
}

}  // namespace plait::detail
