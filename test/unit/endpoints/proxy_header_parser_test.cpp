#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <plait/endpoints/proxy_header_parser.hpp>
#include <random>

#include "../support/split_feed.hpp"
#include "support/proxy_bytes.hpp"

namespace plait::testing {
namespace {

/// What a parser makes of the chunks.
struct Parsed {
  std::optional<ProxyHeader> header;
  Bytes rest;
  std::string error;
};

Parsed parse(const Chunks& chunks, std::size_t maxLength = 4096) {
  ProxyHeaderParser parser(maxLength);
  Parsed parsed;
  try {
    for (const Bytes& chunk : chunks) {
      if (parsed.header) {
        parsed.rest += chunk;
      } else if ((parsed.header = parser.feed(chunk))) {
        parsed.rest = parser.takeRest();
      }
    }
  } catch (const ProxyHeaderError& error) {
    parsed.error = error.what();
  }
  return parsed;
}

Parsed parse(const Bytes& bytes) {
  return parse(Chunks{bytes});
}

/// Expects the same header, and the same rest behind it, for every split of the bytes.
void expectHeader(const Bytes& bytes, const ProxyHeader& expected) {
  for (const Bytes& rest : {Bytes(), Bytes("GET /"), Bytes("PROXY TCP4 \r\n\r\n")}) {
    forEverySplit(bytes + rest, [&](const Chunks& chunks) {
      const Parsed parsed = parse(chunks);
      ASSERT_TRUE(parsed.header) << parsed.error;
      EXPECT_EQ(*parsed.header, expected);
      EXPECT_EQ(parsed.rest, rest);
    });
  }
}

/// Expects the error for every split of the bytes.
void expectRefused(const Bytes& bytes, const std::string& why) {
  SCOPED_TRACE(bytes);
  forEverySplit(bytes, [&](const Chunks& chunks) {
    const Parsed parsed = parse(chunks);
    EXPECT_FALSE(parsed.header);
    EXPECT_EQ(parsed.error, "bad PROXY header: " + why);
  });
}

void expectWaiting(const Bytes& bytes) {
  forEverySplit(bytes, [&](const Chunks& chunks) {
    const Parsed parsed = parse(chunks);
    EXPECT_FALSE(parsed.header);
    EXPECT_EQ(parsed.error, "");
  });
}

ProxyHeader tcp4(const char* source, std::uint16_t sourcePort, const char* destination,
                 std::uint16_t destinationPort) {
  return {.source = *IPv4Address::parse(source, sourcePort),
          .destination = *IPv4Address::parse(destination, destinationPort)};
}

ProxyHeader tcp6(const char* source, std::uint16_t sourcePort, const char* destination,
                 std::uint16_t destinationPort) {
  return {.source = *IPv6Address::parse(source, sourcePort),
          .destination = *IPv6Address::parse(destination, destinationPort)};
}

// --- Version 1 -------------------------------------------------------------------------

TEST(ProxyHeaderParserV1, ReadsIPv4Addresses) {
  expectHeader("PROXY TCP4 1.1.1.1 2.2.2.2 8080 8888\r\n", tcp4("1.1.1.1", 8080, "2.2.2.2", 8888));
  expectHeader("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n",
               tcp4("255.255.255.255", 65535, "0.0.0.0", 0));
}

TEST(ProxyHeaderParserV1, ReadsIPv6Addresses) {
  expectHeader("PROXY TCP6 ::1 ::2 8080 8888\r\n", tcp6("::1", 8080, "::2", 8888));
  expectHeader(
      "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
      "65535 65535\r\n",
      tcp6("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535,
           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535));
}

TEST(ProxyHeaderParserV1, TakesUnknownConnections) {
  expectHeader("PROXY UNKNOWN\r\n", {});
  expectHeader("PROXY UNKNOWN \r\n", {});
  expectHeader("PROXY UNKNOWN foo\r\n", {});
  expectHeader("PROXY UNKNOWN 999.1.1.1 x y z and more\r\n", {});
}

TEST(ProxyHeaderParserV1, RefusesWhatIsNoHeaderAtOnce) {
  for (const char* bytes : {"N", "NOTPROXY anything\r\n", "PROXYX TCP4", "proxy TCP4", "PROX\r\n",
                            "PROXY\r\n", "GET / HTTP/1.1\r\n", " PROXY TCP4"}) {
    expectRefused(bytes, "it is none");
  }
}

TEST(ProxyHeaderParserV1, RefusesOtherProtocols) {
  for (const char* bytes :
       {"PROXY  TCP4 1.1.1.1 2.2.2.2 1 2\r\n", "PROXY UDP4 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY tcp4 1.1.1.1 2.2.2.2 1 2\r\n", "PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n",
        "PROXY UNKNOWNX\r\n", "PROXY unknown\r\n", "PROXY \r\n", "PROXY TCP4\r\n"}) {
    expectRefused(bytes, "its protocol is none of TCP4, TCP6 and UNKNOWN");
  }
}

TEST(ProxyHeaderParserV1, RefusesMissingFields) {
  for (const char* bytes : {"PROXY TCP4 1.1.1.1\r\n", "PROXY TCP4 \r\n",
                            "PROXY TCP4 1.1.1.1 2.2.2.2\r\n", "PROXY TCP4 1.1.1.1 2.2.2.2 1\r\n"}) {
    expectRefused(bytes, "addresses or ports are missing");
  }
}

TEST(ProxyHeaderParserV1, RefusesBadPorts) {
  for (const char* ports :
       {"a 2", "1 a", "65536 2", "1 99999", "-1 2", "+1 2", "01 2", "1 2 ", "1 2 3", "1 2 extra",
        " 1 2", "1  2", "1 ", "0x1 2", "1 2\n", "1 2\r", "18446744073709551617 2"}) {
    expectRefused(fmt::format("PROXY TCP4 1.1.1.1 2.2.2.2 {}\r\n", ports), "a port is none");
  }
}

TEST(ProxyHeaderParserV1, RefusesBadAddresses) {
  for (const char* addresses : {"999.1.1.1 2.2.2.2", "1.1.1.1 2.2.2", "1.1.1.01 2.2.2.2", "::1 ::2",
                                "localhost 2.2.2.2", "1.1.1.1:5 2.2.2.2"}) {
    expectRefused(fmt::format("PROXY TCP4 {} 1 2\r\n", addresses), "an address is none");
  }
  for (const char* addresses :
       {"1.1.1.1 2.2.2.2", "::1 ::g", "::1%1 ::2", "[::1] [::2]", "::1::2 ::3"}) {
    expectRefused(fmt::format("PROXY TCP6 {} 1 2\r\n", addresses), "an address is none");
  }
}

TEST(ProxyHeaderParserV1, RefusesTwoSpaces) {
  EXPECT_NE(parse("PROXY TCP4  1.1.1.1 2.2.2.2 1 2\r\n").error, "");
  EXPECT_NE(parse("PROXY TCP4 1.1.1.1  2.2.2.2 1 2\r\n").error, "");
}

TEST(ProxyHeaderParserV1, WaitsForCarriageReturnAndLineFeed) {
  expectWaiting("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n");
  expectWaiting("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r");
  expectWaiting("PROXY TCP4 1.1.1.1 2.2.2.2 1 2");
  expectWaiting("P");
}

TEST(ProxyHeaderParserV1, TakesALineOf107Bytes) {
  const Bytes start = "PROXY UNKNOWN ";
  expectHeader(start + Bytes(105 - start.size(), 'x') + "\r\n", {});
}

TEST(ProxyHeaderParserV1, RefusesALongerLine) {
  const Bytes start = "PROXY UNKNOWN ";
  expectWaiting(start + Bytes(107 - start.size(), 'x'));
  expectRefused(start + Bytes(108 - start.size(), 'x'), "its line is too long");
  expectRefused(start + Bytes(106 - start.size(), 'x') + "\r\n", "its line is too long");
  expectRefused(start + Bytes(5000, 'x') + "\r\n", "its line is too long");
}

// --- Version 2 -------------------------------------------------------------------------

TEST(ProxyHeaderParserV2, ReadsIPv4Addresses) {
  expectHeader(proxyV2("21 11", kProxyIPv4), tcp4("127.0.0.1", 8080, "127.0.0.2", 8888));
}

TEST(ProxyHeaderParserV2, ReadsIPv6Addresses) {
  const Bytes one = Bytes(15, '\0') + '\1';
  expectHeader(proxyV2("21 21", one + one + hex("1F90 22B8")), tcp6("::1", 8080, "::1", 8888));
}

TEST(ProxyHeaderParserV2, ReadsPaths) {
  const auto path = [](Bytes name) { return name + Bytes(108 - name.size(), '\0'); };
  expectHeader(proxyV2("21 31", path("/tmp/a") + path("/tmp/b")),
               {.source = UNIXAddress{"/tmp/a"}, .destination = UNIXAddress{"/tmp/b"}});
  const std::string full(108, 'x');
  const std::string abstract = std::string(1, '\0') + "name";
  expectHeader(proxyV2("21 31", path(full) + path(abstract)),
               {.source = UNIXAddress{full}, .destination = UNIXAddress{abstract}});
  expectHeader(proxyV2("21 31", path("") + path("/tmp/b")),
               {.source = UNIXAddress{}, .destination = UNIXAddress{"/tmp/b"}});
}

TEST(ProxyHeaderParserV2, TellsDatagrams) {
  ProxyHeader expected = tcp4("127.0.0.1", 8080, "127.0.0.2", 8888);
  expected.medium = ProxyHeader::Medium::datagram;
  expectHeader(proxyV2("21 12", kProxyIPv4), expected);
}

TEST(ProxyHeaderParserV2, TakesNoAddressesFromTheProxyItself) {
  const ProxyHeader local{.local = true};
  expectHeader(proxyV2("20 00", ""), local);
  expectHeader(proxyV2("20 11", kProxyIPv4), local);
  expectHeader(proxyV2("20 11", "short"), local);
  expectHeader(proxyV2("20 F5", ""), local);
}

TEST(ProxyHeaderParserV2, TakesNoAddressesOfAnUnspecifiedFamily) {
  expectHeader(proxyV2("21 00", ""), {});
  expectHeader(proxyV2("21 00", "any bytes"), {});
  expectHeader(proxyV2("21 01", kProxyIPv4), {});
  expectHeader(proxyV2("21 10", kProxyIPv4), {});
}

TEST(ProxyHeaderParserV2, KeepsItsValues) {
  ProxyHeader expected = tcp4("127.0.0.1", 8080, "127.0.0.2", 8888);
  expected.tlvs = {{ProxyTLV::authority, "example.com"}, {ProxyTLV::noop, ""}, {0xEA, "custom"}};
  const Bytes values = hex("02 000B") + "example.com" + hex("04 0000") + hex("EA 0006") + "custom";
  expectHeader(proxyV2("21 11", kProxyIPv4 + values), expected);
  EXPECT_EQ(*expected.tlv(ProxyTLV::authority), "example.com");
  EXPECT_EQ(expected.tlv(ProxyTLV::alpn), nullptr);

  expected.source = expected.destination = {};
  expectHeader(proxyV2("21 00", values), expected);
}

TEST(ProxyHeaderParserV2, RefusesValuesThatAreCutShort) {
  for (const char* values : {"02", "02 00", "02 0001", "02 0002 61", "04 0000 04"}) {
    expectRefused(proxyV2("21 11", kProxyIPv4 + hex(values)), "a value is cut short");
  }
}

TEST(ProxyHeaderParserV2, ChecksTheChecksum) {
  ProxyHeader expected = tcp4("127.0.0.1", 8080, "127.0.0.2", 8888);
  expected.tlvs = {{ProxyTLV::crc32c, hex("F705AA39")}};
  expectHeader(proxyV2("21 11", kProxyIPv4 + hex("03 0004 F705AA39")), expected);
  expectRefused(proxyV2("21 11", kProxyIPv4 + hex("03 0004 00000000")), "its checksum is wrong");
  const Bytes body = kProxyIPv4 + hex("03 0003 000000");
  expectRefused(proxyV2("21 11", body), "its checksum is none");
  expectRefused(proxyV2("21 00", hex("03 0004 00000000")), "its checksum is wrong");
}

TEST(ProxyHeaderParserV2, RefusesABadStart) {
  expectRefused(hex("0D0A0D0A000D0A51554954FF 21 11"), "it is none");
  expectRefused(hex("0D0A0E"), "it is none");
  expectRefused(kProxySignature + hex("11 11 000C") + kProxyIPv4, "its version is not 2");
  expectRefused(kProxySignature + hex("31"), "its version is not 2");
  expectRefused(proxyV2("23 11", kProxyIPv4), "its command is neither LOCAL nor PROXY");
  expectRefused(proxyV2("21 41", kProxyIPv4), "its family or protocol is unknown");
  expectRefused(proxyV2("21 13", kProxyIPv4), "its family or protocol is unknown");
}

TEST(ProxyHeaderParserV2, RefusesWhatIsTooShortForItsAddresses) {
  expectRefused(proxyV2("21 11", Bytes(8, 'x')), "it is too short for its addresses");
  expectRefused(proxyV2("21 11", Bytes(11, 'x')), "it is too short for its addresses");
  expectRefused(proxyV2("21 21", Bytes(35, 'x')), "it is too short for its addresses");
  expectRefused(proxyV2("21 31", Bytes(215, 'x')), "it is too short for its addresses");
}

TEST(ProxyHeaderParserV2, RefusesMoreThanItIsAllowed) {
  const Bytes value = hex("EA 0FF1") + Bytes(4081, 'x');  // 12 + 3 + 4081 = 4096
  EXPECT_TRUE(parse(proxyV2("21 11", kProxyIPv4 + value)).header);
  EXPECT_EQ(parse(kProxySignature + hex("21 11 1001")).error,
            "bad PROXY header: it has 4097 bytes, 4096 are allowed");
  EXPECT_EQ(parse({kProxySignature + hex("21 11 000C")}, 11).error,
            "bad PROXY header: it has 12 bytes, 11 are allowed");
}

TEST(ProxyHeaderParserV2, WaitsForTheWholeHeader) {
  const Bytes whole = proxyV2("21 11", kProxyIPv4);
  for (std::size_t size = 0; size < whole.size(); ++size) expectWaiting(whole.substr(0, size));
}

// --- Anything ----------------------------------------------------------------------------

TEST(ProxyHeaderParser, MakesTheSameOfAnySplit) {
  std::mt19937 random(1);
  const Chunks seeds = {"PROXY TCP4 1.1.1.1 2.2.2.2 8080 8888\r\n", "PROXY TCP6 ::1 ::2 1 2\r\n",
                        "PROXY UNKNOWN\r\n", proxyV2("21 11", kProxyIPv4 + hex("02 0001 61"))};
  for (int round = 0; round < 2000; ++round) {
    Bytes bytes = seeds[random() % seeds.size()];
    for (unsigned change = random() % 3; change > 0; --change) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const Parsed whole = parse(bytes);
    const Parsed inPieces = parse(cutAnyhow(bytes, random, 7));
    ASSERT_EQ(inPieces.header, whole.header) << bytes;
    ASSERT_EQ(inPieces.rest, whole.rest) << bytes;
    ASSERT_EQ(inPieces.error, whole.error) << bytes;
  }
}

}  // namespace
}  // namespace plait::testing
