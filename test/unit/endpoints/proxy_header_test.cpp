#include <gtest/gtest.h>

#include <plait/endpoints/detail/proxy_v2.hpp>
#include <plait/endpoints/proxy_header_parser.hpp>
#include <stdexcept>

#include "support/proxy_bytes.hpp"

namespace plait::testing {
namespace {

const ProxyHeader kIPv4{.source = *IPv4Address::parse("127.0.0.1", 8080),
                        .destination = *IPv4Address::parse("127.0.0.2", 8888)};
const ProxyHeader kIPv6{.source = *IPv6Address::parse("::1", 1),
                        .destination = *IPv6Address::parse("2001:db8::7", 65535)};

ProxyHeader read(const Bytes& bytes) {
  ProxyHeaderParser parser;
  const auto header = parser.feed(bytes);
  EXPECT_EQ(parser.takeRest(), "");
  return header.value();
}

TEST(ProxyHeaderV1, SaysTheAddresses) {
  EXPECT_EQ(proxyHeaderV1(kIPv4), "PROXY TCP4 127.0.0.1 127.0.0.2 8080 8888\r\n");
  EXPECT_EQ(proxyHeaderV1(kIPv6), "PROXY TCP6 ::1 2001:db8::7 1 65535\r\n");
}

TEST(ProxyHeaderV1, WritesMixedFamiliesAsIPv6) {
  const ProxyHeader mixed{.source = kIPv4.source, .destination = kIPv6.destination};
  EXPECT_EQ(proxyHeaderV1(mixed), "PROXY TCP6 ::ffff:127.0.0.1 2001:db8::7 8080 65535\r\n");
}

TEST(ProxyHeaderV1, LeavesTheScopeOut) {
  const ProxyHeader scoped{.source = IPv6Address{.octets = {0xfe, 0x80}, .scopeID = 2, .port = 1},
                           .destination = kIPv6.destination};
  EXPECT_EQ(proxyHeaderV1(scoped), "PROXY TCP6 fe80:: 2001:db8::7 1 65535\r\n");
}

TEST(ProxyHeaderV1, SaysUnknownForWhatItCannotExpress) {
  EXPECT_EQ(proxyHeaderV1({}), "PROXY UNKNOWN\r\n");
  EXPECT_EQ(proxyHeaderV1({.source = kIPv4.source}), "PROXY UNKNOWN\r\n");
  EXPECT_EQ(proxyHeaderV1({.source = UNIXAddress{"/a"}, .destination = UNIXAddress{"/b"}}),
            "PROXY UNKNOWN\r\n");
  ProxyHeader local = kIPv4;
  local.local = true;
  EXPECT_EQ(proxyHeaderV1(local), "PROXY UNKNOWN\r\n");
}

TEST(ProxyHeaderV2, SaysTheAddresses) {
  EXPECT_EQ(proxyHeaderV2(kIPv4), proxyV2("21 11", kProxyIPv4));
  EXPECT_EQ(read(proxyHeaderV2(kIPv6)), kIPv6);
  const ProxyHeader paths{.source = UNIXAddress{"/a"}, .destination = UNIXAddress{"/b"}};
  EXPECT_EQ(read(proxyHeaderV2(paths)), paths);
}

TEST(ProxyHeaderV2, SaysWhatItIsAbout) {
  ProxyHeader datagram = kIPv4;
  datagram.medium = ProxyHeader::Medium::datagram;
  EXPECT_EQ(proxyHeaderV2(datagram), proxyV2("21 12", kProxyIPv4));
  EXPECT_EQ(proxyHeaderV2({}), proxyV2("21 00", ""));
  EXPECT_EQ(proxyHeaderV2({.source = kIPv4.source, .local = true}), proxyV2("20 00", ""));
}

TEST(ProxyHeaderV2, CarriesValues) {
  ProxyHeader header = kIPv4;
  header.tlvs = {{ProxyTLV::authority, "example.com"}, {0xEA, Bytes(300, 'x')}};
  EXPECT_EQ(read(proxyHeaderV2(header)), header);
}

TEST(ProxyHeaderV2, ComputesTheChecksum) {
  ProxyHeader header = kIPv4;
  header.tlvs = {{ProxyTLV::crc32c}, {ProxyTLV::noop, "behind it"}};
  const Bytes bytes = proxyHeaderV2(header);
  EXPECT_EQ(read(bytes).tlvs.at(0).value.size(), 4u);
  const std::size_t typeAt = 28;  // with another type, it has no checksum
  for (std::size_t at = 12; at < bytes.size(); ++at) {
    if (at == typeAt) continue;
    Bytes broken = bytes;
    broken[at] = static_cast<char>(broken[at] ^ 0x40);
    ProxyHeaderParser parser;
    try {
      EXPECT_FALSE(parser.feed(broken)) << "byte " << at << " is not covered";
    } catch (const ProxyHeaderError&) {
    }
  }
}

TEST(ProxyHeaderV2, KnowsTheChecksumOfRFC3720) {
  EXPECT_EQ(detail::proxy_v2::crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(detail::proxy_v2::crc32c(Bytes(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(detail::proxy_v2::crc32c(Bytes(32, '\xff')), 0x62a8ab43u);
}

TEST(ProxyHeaderV2, RefusesWhatDoesNotFit) {
  ProxyHeader header = kIPv4;
  header.tlvs = {{0xEA, Bytes(65535 - 12 - 3, 'x')}};
  EXPECT_EQ(proxyHeaderV2(header).size(), 16u + 65535u);
  header.tlvs[0].value += 'x';
  EXPECT_THROW(proxyHeaderV2(header), std::invalid_argument);
  header.tlvs[0].value.resize(1 << 20);
  EXPECT_THROW(proxyHeaderV2(header), std::invalid_argument);
  const UNIXAddress longest{std::string(108, 'p')}, longer{std::string(109, 'p')};
  EXPECT_EQ(proxyHeaderV2({.source = longest, .destination = longest}).size(), 16u + 216u);
  EXPECT_THROW(proxyHeaderV2({.source = longest, .destination = longer}), std::invalid_argument);
}

}  // namespace
}  // namespace plait::testing
