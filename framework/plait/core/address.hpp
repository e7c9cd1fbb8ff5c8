#pragma once

#include <fmt/core.h>

#include <array>
#include <compare>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace plait {

/// An IPv4 address and port. Twisted: `IPv4Address`.
struct IPv4Address {
  std::array<std::uint8_t, 4> octets{};
  std::uint16_t port = 0;

  /// Reads dotted-quad text such as "127.0.0.1"; nullopt when it is not an IPv4 literal. Strict as
  /// inet_pton(3): four decimal numbers, nothing around them.
  static std::optional<IPv4Address> parse(std::string_view host, std::uint16_t port = 0);
  /// "127.0.0.1"
  std::string host() const;

  friend auto operator<=>(const IPv4Address&, const IPv4Address&) = default;
};

/// An IPv6 address with scope and port. Twisted: `IPv6Address`.
struct IPv6Address {
  std::array<std::uint8_t, 16> octets{};
  std::uint32_t scopeID = 0;
  std::uint16_t port = 0;

  /// Reads "::1", "fe80::1%2" or "fe80::1%eth0"; nullopt when it is not an IPv6 literal or names an
  /// interface that does not exist.
  static std::optional<IPv6Address> parse(std::string_view host, std::uint16_t port = 0);
  /// "::1", with "%2" behind a scoped one.
  std::string host() const;

  friend auto operator<=>(const IPv6Address&, const IPv6Address&) = default;
};

/// The path of a UNIX socket, or a null byte and its abstract name; empty for an unbound one.
/// Twisted: `UNIXAddress`.
struct UNIXAddress {
  std::string name = {};

  friend auto operator<=>(const UNIXAddress&, const UNIXAddress&) = default;
};

/// A host name that was not looked up yet, and a port. Twisted: `HostnameAddress`.
struct HostnameAddress {
  std::string hostname = {};
  std::uint16_t port = 0;

  friend auto operator<=>(const HostnameAddress&, const HostnameAddress&) = default;
};

/// Where one end of a connection is: any of the above, or nothing known. A value: compares by
/// content, hashes, and prints as `127.0.0.1:80`, `[::1]:80`, `unix:/run/x`, `unix:@abstract`,
/// `example.com:80` or `unknown`.
class Address {
 public:
  Address();
  Address(IPv4Address address);
  Address(IPv6Address address);
  Address(UNIXAddress address);
  Address(HostnameAddress address);
  Address(const Address& other);
  Address(Address&& other) noexcept;
  Address& operator=(const Address& other);
  Address& operator=(Address&& other) noexcept;
  ~Address();

  /// The address as a T (one of the four structs), or null when it is of another kind.
  template <class T>
  const T* as() const {
    return std::get_if<T>(&value_);
  }

  /// The host part without port or brackets; for a UNIX address its path.
  std::string host() const;
  /// The port; 0 where there is none.
  std::uint16_t port() const;

  friend std::strong_ordering operator<=>(const Address& a, const Address& b);
  friend bool operator==(const Address& a, const Address& b);

 private:
  // What the compiler would make of this by itself is in address.cpp: done in every file that
  // includes this one, it took a tenth of the time to compile a small server.
  std::variant<std::monostate, IPv4Address, IPv6Address, UNIXAddress, HostnameAddress> value_;
};

/// True for text that is an IPv4 / IPv6 literal (Twisted: `isIPAddress`, `isIPv6Address`).
bool isIPAddress(std::string_view text);
bool isIPv6Address(std::string_view text);

std::string toString(const Address& address);
std::ostream& operator<<(std::ostream& out, const Address& address);

}  // namespace plait

template <>
struct fmt::formatter<plait::Address> : fmt::formatter<fmt::string_view> {
  auto format(const plait::Address& address, format_context& ctx) const -> format_context::iterator;
};

template <>
struct std::hash<plait::Address> {
  std::size_t operator()(const plait::Address& address) const noexcept;
};
