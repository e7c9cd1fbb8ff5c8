// Addresses: read and written as inet_pton(3) and inet_ntop(3) do; what is written reads as the
// same.
//
// Input: the text of an address. With "=" in front, the bytes of one instead.
#include <arpa/inet.h>

#include <algorithm>
#include <plait/core/address.hpp>

#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

template <class IP>
void checkWritten(const IP& address, int family) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family, address.octets.data(), text, sizeof text);
  const std::string host = address.host();
  checkEqual(host.substr(0, host.find('%')), text, "an address as it is written");
  check(IP::parse(host, address.port) == address, "an address is written and read again");
}

void tryBytes(BytesView bytes) {
  Choices choices(bytes);
  const auto fill = [&](auto& octets) {
    const BytesView some = choices.bytes(octets.size());
    std::copy(some.begin(), some.end(), octets.begin());
  };
  IPv4Address v4;
  fill(v4.octets);
  checkWritten(v4, AF_INET);
  IPv6Address v6;
  fill(v6.octets);
  v6.scopeID = static_cast<std::uint32_t>(choices.upTo(255) << 24 | choices.upTo(255));
  checkWritten(v6, AF_INET6);
}

/// Whether the C library takes `text`, and what for.
template <class IP>
bool systemParses(BytesView text, int family, IP& address) {
  const std::string terminated(text);
  return terminated.find('\0') == terminated.npos &&
         inet_pton(family, terminated.c_str(), address.octets.data()) == 1;
}

void tryText(BytesView text) {
  IPv4Address v4;
  const auto parsed4 = IPv4Address::parse(text, 80);
  check(parsed4.has_value() == systemParses(text, AF_INET, v4), "what is an IPv4 address");
  if (parsed4) {
    check(parsed4->octets == v4.octets, "an IPv4 address that is read");
    checkWritten(*parsed4, AF_INET);
  }
  IPv6Address v6;
  const auto parsed6 = IPv6Address::parse(text, 80);
  const BytesView unscoped = text.substr(0, text.find('%'));
  const bool is6 = systemParses(unscoped, AF_INET6, v6);
  check(is6 || !parsed6, "what is no IPv6 address");
  check(!is6 || unscoped.size() < text.size() || parsed6.has_value(), "what is an IPv6 address");
  if (parsed6) {
    check(parsed6->octets == v6.octets, "an IPv6 address that is read");
    checkWritten(*parsed6, AF_INET6);
  }
  check(isIPAddress(text) == parsed4.has_value(), "isIPAddress");
  check(isIPv6Address(text) == parsed6.has_value(), "isIPv6Address");
}

void tryAddress(BytesView input) {
  if (input.starts_with('=')) return tryBytes(input.substr(1));
  tryText(input);
}

const Target target("address", tryAddress);

}  // namespace
}  // namespace plait::fuzz
