#include <gtest/gtest.h>

#include <plait/policies/peer_group.hpp>
#include <stdexcept>

namespace plait {
namespace {

Address ip(std::string_view host, std::uint16_t port = 4711) {
  if (auto ipv4 = IPv4Address::parse(host, port)) return *ipv4;
  return IPv6Address::parse(host, port).value();
}

std::string group(std::string_view host, PeerPrefixes prefixes = {}) {
  return PeerGroup::of(ip(host), prefixes)->toString();
}

TEST(PeerGroup, IsTheAddressWithoutItsPort) {
  EXPECT_EQ(PeerGroup::of(ip("192.0.2.1", 1), {}), PeerGroup::of(ip("192.0.2.1", 2), {}));
  EXPECT_NE(PeerGroup::of(ip("192.0.2.1"), {}), PeerGroup::of(ip("192.0.2.2"), {}));
  EXPECT_EQ(group("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(group("2001:db8::1"), "2001:db8::1");
}

TEST(PeerGroup, IsTheNetwork) {
  const PeerPrefixes networks{.ipv4 = 24, .ipv6 = 64};
  EXPECT_EQ(group("192.0.2.255", networks), "192.0.2.0/24");
  EXPECT_EQ(group("2001:db8:1:2:3:4:5:6", networks), "2001:db8:1:2::/64");
}

TEST(PeerGroup, IsCutAtAnyBit) {
  EXPECT_EQ(group("255.255.255.255", {.ipv4 = 0}), "0.0.0.0/0");
  EXPECT_EQ(group("255.255.255.255", {.ipv4 = 1}), "128.0.0.0/1");
  EXPECT_EQ(group("255.255.255.255", {.ipv4 = 17}), "255.255.128.0/17");
  EXPECT_EQ(group("255.255.255.255", {.ipv4 = 31}), "255.255.255.254/31");
  EXPECT_EQ(group("ffff:ffff:ffff:ffff::", {.ipv6 = 57}), "ffff:ffff:ffff:ff80::/57");
}

TEST(PeerGroup, KnowsAnIPv4AddressWrittenAsIPv6) {
  EXPECT_EQ(PeerGroup::of(ip("::ffff:192.0.2.1"), {}), PeerGroup::of(ip("192.0.2.1"), {}));
  EXPECT_EQ(group("::ffff:192.0.2.1", {.ipv4 = 24, .ipv6 = 64}), "192.0.2.0/24");
}

TEST(PeerGroup, TellsIPv4FromIPv6) {
  const PeerPrefixes all{.ipv4 = 0, .ipv6 = 0};
  EXPECT_NE(PeerGroup::of(ip("0.0.0.0"), all), PeerGroup::of(ip("::"), all));
}

TEST(PeerGroup, TellsLinksApart) {
  EXPECT_NE(PeerGroup::of(ip("fe80::1%1"), {}), PeerGroup::of(ip("fe80::1%2"), {}));
}

TEST(PeerGroup, IsUnknownWithoutAnIPAddress) {
  EXPECT_FALSE(PeerGroup::of(Address(), {}));
  EXPECT_FALSE(PeerGroup::of(UNIXAddress{"/run/x"}, {}));
  EXPECT_FALSE(PeerGroup::of(HostnameAddress{"example.com", 80}, {}));
}

TEST(PeerGroup, RefusesPrefixesLongerThanAnAddress) {
  EXPECT_THROW(PeerGroup::of({}, {.ipv4 = 33}), std::invalid_argument);
  EXPECT_THROW(PeerGroup::of({}, {.ipv6 = 129}), std::invalid_argument);
}

}  // namespace
}  // namespace plait
