#include <fmt/format.h>
#include <gtest/gtest.h>

#include <plait/core/address.hpp>
#include <sstream>
#include <unordered_set>

namespace plait {
namespace {

TEST(Address, TellsIPv4LiteralsFromOtherText) {
  for (auto text : {"0.0.0.0", "255.255.255.255", "127.0.0.1", "1.2.3.4"}) {
    EXPECT_TRUE(isIPAddress(text)) << text;
  }
  for (auto text :
       {"0",         "0.1",      "0.1.2",  "256.0.0.0", "0.256.0.0", "0.0.256.0", "0.0.0.256",
        "1.2.3.4.5", "1.2.3.",   ".1.2.3", "",          " 1.2.3.4",  "1.2.3.4 ",  "1.2.3.4\n",
        "1.2.3.04",  "01.2.3.4", "::1",    "a.b.c.d",   "0x1.2.3.4", "1.2.3.-4",  "localhost"}) {
    EXPECT_FALSE(isIPAddress(text)) << text;
  }
  EXPECT_FALSE(isIPAddress(std::string_view("1.2.3.4\0", 8)));
  EXPECT_FALSE(isIPAddress(std::string_view("1.2.3.4\0x", 9)));
}

TEST(Address, TellsIPv6LiteralsFromOtherText) {
  for (auto text : {"::", "::1", "0::", "0::1", "1::2:3:4:5:6:7", "fe80::1%2", "FE80::AbCd",
                    "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "fe80::1%lo"}) {
    EXPECT_TRUE(isIPv6Address(text)) << text;
  }
  for (auto text : {"", ":", ":::", ":1", "1:", "1::2::3", "12345::", "1.2.3.4", "[::1]", "::1 ",
                    "::g", "1:2:3:4:5:6:7:8:9", "fe80::1%", "fe80::1%no-such-interface",
                    "fe80::1%99999999999", "%1"}) {
    EXPECT_FALSE(isIPv6Address(text)) << text;
  }
  EXPECT_FALSE(isIPv6Address(std::string_view("::1\0", 4)));
}

TEST(Address, ParsesOctetsScopeAndPort) {
  auto v4 = IPv4Address::parse("192.168.1.254", 8080);
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->octets, (std::array<std::uint8_t, 4>{192, 168, 1, 254}));
  EXPECT_EQ(v4->port, 8080);

  auto v6 = IPv6Address::parse("fe80::1%3", 443);
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->octets[0], 0xfe);
  EXPECT_EQ(v6->octets[1], 0x80);
  EXPECT_EQ(v6->octets[15], 1);
  EXPECT_EQ(v6->scopeID, 3u);
  EXPECT_EQ(v6->port, 443);
  EXPECT_EQ(v6->host(), "fe80::1%3");
}

TEST(Address, PrintsEachKindInItsOwnWay) {
  const std::pair<Address, std::string> cases[] = {
      {IPv4Address{{127, 0, 0, 1}, 80}, "127.0.0.1:80"},
      {*IPv6Address::parse("0:0:0:0:0:0:0:1", 80), "[::1]:80"},
      {*IPv6Address::parse("fe80::1%2", 1), "[fe80::1%2]:1"},
      {UNIXAddress{"/run/x"}, "unix:/run/x"},
      {UNIXAddress{std::string("\0name", 5)}, "unix:@name"},
      {UNIXAddress{}, "unix:"},
      {HostnameAddress{"example.com", 80}, "example.com:80"},
      {Address(), "unknown"},
  };
  for (const auto& [address, text] : cases) {
    EXPECT_EQ(toString(address), text);
    EXPECT_EQ(fmt::format("{}", address), text);
    std::ostringstream out;
    out << address;
    EXPECT_EQ(out.str(), text);
  }
  EXPECT_EQ(fmt::format("{:>14}", Address(HostnameAddress{"a", 1})), "           a:1");
}

TEST(Address, TellsHostAndPortOfEachKind) {
  const Address v4 = IPv4Address{{1, 2, 3, 4}, 5};
  EXPECT_EQ(v4.host(), "1.2.3.4");
  EXPECT_EQ(v4.port(), 5);
  EXPECT_EQ(Address(*IPv6Address::parse("::1", 6)).host(), "::1");
  EXPECT_EQ(Address(*IPv6Address::parse("::1", 6)).port(), 6);
  EXPECT_EQ(Address(UNIXAddress{"/x"}).host(), "/x");
  EXPECT_EQ(Address(UNIXAddress{"/x"}).port(), 0);
  EXPECT_EQ(Address(HostnameAddress{"h", 7}).host(), "h");
  EXPECT_EQ(Address(HostnameAddress{"h", 7}).port(), 7);
  EXPECT_EQ(Address().host(), "");
  EXPECT_EQ(Address().port(), 0);
}

TEST(Address, KnowsItsKind) {
  const Address address = UNIXAddress{"/x"};
  ASSERT_NE(address.as<UNIXAddress>(), nullptr);
  EXPECT_EQ(address.as<UNIXAddress>()->name, "/x");
  EXPECT_EQ(address.as<IPv4Address>(), nullptr);
  EXPECT_EQ(Address().as<HostnameAddress>(), nullptr);
}

TEST(Address, ComparesByContent) {
  const Address a = IPv4Address{{1, 2, 3, 4}, 5};
  EXPECT_EQ(a, Address(*IPv4Address::parse("1.2.3.4", 5)));
  EXPECT_NE(a, Address(*IPv4Address::parse("1.2.3.4", 6)));
  EXPECT_NE(a, Address(*IPv4Address::parse("1.2.3.5", 5)));
  EXPECT_NE(a, Address(HostnameAddress{"1.2.3.4", 5}));
  EXPECT_NE(Address(*IPv6Address::parse("fe80::1%1")), Address(*IPv6Address::parse("fe80::1%2")));
  EXPECT_EQ(Address(), Address());
  EXPECT_LT(Address(IPv4Address{{1, 2, 3, 4}, 5}), Address(IPv4Address{{1, 2, 3, 5}, 1}));
}

TEST(Address, HashesByContent) {
  std::unordered_set<Address> seen;
  for (int round = 0; round < 2; ++round) {
    for (std::uint16_t port = 1; port <= 100; ++port) {
      seen.insert(IPv4Address{{1, 2, 3, 4}, port});
      seen.insert(HostnameAddress{"1.2.3.4", port});
    }
    seen.insert(UNIXAddress{"/x"});
    seen.insert(Address());
  }
  EXPECT_EQ(seen.size(), 202u);
}

}  // namespace
}  // namespace plait
