#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <plait/core/address.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ostream>

namespace plait {

namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
// Clang 16 does not deduce an aggregate's arguments by itself.
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

/// The scope behind '%': a number, or the name of an interface of this machine.
std::optional<std::uint32_t> parseScope(std::string_view text) {
  std::uint32_t scope = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, scope);
  if (error == std::errc{} && stop == end) return scope;
  scope = if_nametoindex(std::string(text).c_str());
  return scope != 0 ? std::optional(scope) : std::nullopt;
}

/// An abstract name, which begins with a null byte, as tools print it: "@name".
std::string printableName(std::string name) {
  std::replace(name.begin(), name.end(), '\0', '@');
  return name;
}

}  // namespace

std::optional<IPv4Address> IPv4Address::parse(std::string_view host, std::uint16_t port) {
  IPv4Address address{.port = port};
  if (host.find('\0') != host.npos) return std::nullopt;
  if (inet_pton(AF_INET, std::string(host).c_str(), address.octets.data()) != 1) {
    return std::nullopt;
  }
  return address;
}

std::string IPv4Address::host() const {
  return fmt::format("{}.{}.{}.{}", octets[0], octets[1], octets[2], octets[3]);
}

std::optional<IPv6Address> IPv6Address::parse(std::string_view host, std::uint16_t port) {
  IPv6Address address{.port = port};
  if (host.find('\0') != host.npos) return std::nullopt;
  if (auto percent = host.find('%'); percent != host.npos) {
    auto scope = parseScope(host.substr(percent + 1));
    if (!scope) return std::nullopt;
    address.scopeID = *scope;
    host = host.substr(0, percent);
  }
  if (inet_pton(AF_INET6, std::string(host).c_str(), address.octets.data()) != 1) {
    return std::nullopt;
  }
  return address;
}

std::string IPv6Address::host() const {
  char text[INET6_ADDRSTRLEN];
  std::string host = inet_ntop(AF_INET6, octets.data(), text, sizeof text);
  if (scopeID != 0) host += fmt::format("%{}", scopeID);
  return host;
}

Address::Address() = default;
Address::Address(IPv4Address address) : value_(address) {}
Address::Address(IPv6Address address) : value_(address) {}
Address::Address(UNIXAddress address) : value_(std::move(address)) {}
Address::Address(HostnameAddress address) : value_(std::move(address)) {}
Address::Address(const Address& other) = default;
Address::Address(Address&& other) noexcept = default;
Address& Address::operator=(const Address& other) = default;
Address& Address::operator=(Address&& other) noexcept = default;
Address::~Address() = default;

std::strong_ordering operator<=>(const Address& a, const Address& b) {
  return a.value_ <=> b.value_;
}

bool operator==(const Address& a, const Address& b) {
  return a.value_ == b.value_;
}

std::string Address::host() const {
  return std::visit(Overloaded{[](std::monostate) { return std::string(); },
                               [](const UNIXAddress& a) { return a.name; },
                               [](const HostnameAddress& a) { return a.hostname; },
                               [](const auto& ip) { return ip.host(); }},
                    value_);
}

std::uint16_t Address::port() const {
  return std::visit(Overloaded{[](std::monostate) { return std::uint16_t{0}; },
                               [](const UNIXAddress&) { return std::uint16_t{0}; },
                               [](const auto& a) { return a.port; }},
                    value_);
}

bool isIPAddress(std::string_view text) {
  return IPv4Address::parse(text).has_value();
}

bool isIPv6Address(std::string_view text) {
  return IPv6Address::parse(text).has_value();
}

std::string toString(const Address& address) {
  if (auto* ip = address.as<IPv4Address>()) return fmt::format("{}:{}", ip->host(), ip->port);
  if (auto* ip = address.as<IPv6Address>()) return fmt::format("[{}]:{}", ip->host(), ip->port);
  if (auto* path = address.as<UNIXAddress>()) return "unix:" + printableName(path->name);
  if (auto* name = address.as<HostnameAddress>()) {
    return fmt::format("{}:{}", name->hostname, name->port);
  }
  return "unknown";
}

std::ostream& operator<<(std::ostream& out, const Address& address) {
  return out << toString(address);
}

}  // namespace plait

auto fmt::formatter<plait::Address>::format(const plait::Address& address,
                                            format_context& ctx) const -> format_context::iterator {
  return formatter<string_view>::format(plait::toString(address), ctx);
}

std::size_t std::hash<plait::Address>::operator()(const plait::Address& address) const noexcept {
  return std::hash<std::string>{}(plait::toString(address));
}
