#include <sys/un.h>

#include <cstddef>
#include <plait/net/detail/asio.hpp>
#include <stdexcept>

namespace plait::detail {

Address toAddress(const TcpEndpoint& endpoint) {
  const auto ip = endpoint.address();
  if (ip.is_v4()) return IPv4Address{ip.to_v4().to_bytes(), endpoint.port()};
  const auto v6 = ip.to_v6();
  return IPv6Address{v6.to_bytes(), static_cast<std::uint32_t>(v6.scope_id()), endpoint.port()};
}

Address toAddress(const StreamEndpoint& endpoint) {
  const int family = endpoint.data()->sa_family;
  if (family == AF_UNIX) {
    const auto* address = reinterpret_cast<const sockaddr_un*>(endpoint.data());
    constexpr std::size_t kHead = offsetof(sockaddr_un, sun_path);
    std::string name;
    if (endpoint.size() > kHead) name.assign(address->sun_path, endpoint.size() - kHead);
    // A path may come with the null behind it; an abstract name begins with one, and may have more.
    if (!name.empty() && name.front() != '\0') name.resize(std::min(name.size(), name.find('\0')));
    return UNIXAddress{name};
  }
  if (family != AF_INET && family != AF_INET6) return {};
  TcpEndpoint ip;
  std::memcpy(ip.data(), endpoint.data(), std::min(endpoint.size(), ip.capacity()));
  ip.resize(std::min(endpoint.size(), ip.capacity()));
  return toAddress(ip);
}

TcpEndpoint toEndpoint(const Address& address) {
  if (auto* v4 = address.as<IPv4Address>()) {
    return {asio::ip::address_v4(v4->octets), v4->port};
  }
  if (auto* v6 = address.as<IPv6Address>()) {
    return {asio::ip::address_v6(v6->octets, v6->scopeID), v6->port};
  }
  throw std::invalid_argument(fmt::format("not an IP address: {}", address));
}

Address literalAddress(const std::string& host, std::uint16_t port) {
  if (auto v4 = IPv4Address::parse(host, port)) return *v4;
  if (auto v6 = IPv6Address::parse(host, port)) return *v6;
  return {};
}

}  // namespace plait::detail
