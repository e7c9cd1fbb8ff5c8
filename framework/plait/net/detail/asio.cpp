#include <plait/net/detail/asio.hpp>
#include <stdexcept>

namespace plait::detail {

Address toAddress(const TcpEndpoint& endpoint) {
  const auto ip = endpoint.address();
  if (ip.is_v4()) return IPv4Address{ip.to_v4().to_bytes(), endpoint.port()};
  const auto v6 = ip.to_v6();
  return IPv6Address{v6.to_bytes(), static_cast<std::uint32_t>(v6.scope_id()), endpoint.port()};
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
