#include <gtest/gtest.h>

#include <cstring>
#include <plait/core/errors.hpp>
#include <plait/policies/pcapng_traffic_log.hpp>
#include <vector>

#include "temporary_file.hpp"

namespace plait {
namespace {

constexpr int kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16;

unsigned numberAt(BytesView data, std::size_t at, std::size_t size) {
  unsigned value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | static_cast<unsigned char>(data.at(at + i));
  }
  return value;
}

/// A number of the file itself, in this machine's order.
std::uint32_t nativeAt(BytesView data, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, data.substr(at, 4).data(), 4);
  return value;
}

/// Adds up as a receiver does; 0xffff is right.
unsigned internetSum(BytesView data) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const unsigned octet = static_cast<unsigned char>(data[i]);
    sum += i % 2 == 0 ? octet << 8 : octet;
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

struct Packet {
  Bytes from, to;  // octets
  unsigned fromPort, toPort, sequence, acknowledged, flags;
  Bytes payload;
  Bytes options;  // of the block
  std::uint64_t nanoseconds;
};

Packet parsed(BytesView ip) {
  const bool six = numberAt(ip, 0, 1) >> 4 == 6;
  const std::size_t header = six ? 40 : 20, octets = six ? 16 : 4, addresses = six ? 8 : 12;
  if (!six) {
    EXPECT_EQ(internetSum(ip.substr(0, 20)), 0xffffu);
  }
  const unsigned size = six ? numberAt(ip, 4, 2) : numberAt(ip, 2, 2) - 20;
  const BytesView tcp = ip.substr(header);
  EXPECT_EQ(tcp.size(), size);
  Bytes pseudo(ip.substr(addresses, 2 * octets));
  pseudo += Bytes{'\0', '\0', static_cast<char>(size >> 8), static_cast<char>(size), 0, 0, 0, 6};
  EXPECT_EQ(internetSum(pseudo + Bytes(tcp)), 0xffffu);
  return {.from = Bytes(ip.substr(addresses, octets)),
          .to = Bytes(ip.substr(addresses + octets, octets)),
          .fromPort = numberAt(tcp, 0, 2),
          .toPort = numberAt(tcp, 2, 2),
          .sequence = numberAt(tcp, 4, 4),
          .acknowledged = numberAt(tcp, 8, 4),
          .flags = numberAt(tcp, 13, 1),
          .payload = Bytes(tcp.substr((numberAt(tcp, 12, 1) >> 4) * 4)),
          .options = {},
          .nanoseconds = 0};
}

std::chrono::system_clock::time_point fixedTime() {
  return std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
}

struct PcapngTrafficLogTest : ::testing::Test {
  /// The packets of the file, whose form is checked.
  std::vector<Packet> packets() {
    log.flush();
    const Bytes file = temporary.contents();
    std::vector<Packet> found;
    std::vector<std::uint32_t> types;
    for (std::size_t at = 0; at < file.size();) {
      const std::uint32_t size = nativeAt(file, at + 4);
      EXPECT_EQ(size % 4, 0u);
      EXPECT_EQ(nativeAt(file, at + size - 4), size);
      types.push_back(nativeAt(file, at));
      if (types.back() == 6) {
        const std::uint32_t length = nativeAt(file, at + 20);
        found.push_back(parsed(BytesView(file).substr(at + 28, length)));
        const std::size_t options = 28 + (length + 3) / 4 * 4;
        found.back().options = file.substr(at + options, size - options - 4);
        found.back().nanoseconds =
            static_cast<std::uint64_t>(nativeAt(file, at + 12)) << 32 | nativeAt(file, at + 16);
      }
      at += size;
    }
    EXPECT_EQ(types.at(0), 0x0A0D0D0Au);
    EXPECT_EQ(types.at(1), 1u);
    return found;
  }

  testing::TemporaryFile temporary;
  PcapngTrafficLog log{std::make_shared<TrafficFile>(temporary.path()), fixedTime};
  TrafficConnection connection{.number = 1,
                               .peer = IPv4Address{{10, 0, 0, 1}, 50000},
                               .host = IPv4Address{{10, 0, 0, 2}, 80}};
};

TEST_F(PcapngTrafficLogTest, BeginsWithAHandshakeOfThePeer) {
  log.opened(connection);
  const auto all = packets();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].from, Bytes({10, 0, 0, 1}));
  EXPECT_EQ(all[0].fromPort, 50000u);
  EXPECT_EQ(all[0].to, Bytes({10, 0, 0, 2}));
  EXPECT_EQ(all[0].toPort, 80u);
  EXPECT_EQ(all[0].flags, unsigned{kSyn});
  EXPECT_EQ(all[1].fromPort, 80u);
  EXPECT_EQ(all[1].flags, unsigned{kSyn | kAck});
  EXPECT_EQ(all[1].acknowledged, 1u);
  EXPECT_EQ(all[2].fromPort, 50000u);
  EXPECT_EQ(all[2].flags, unsigned{kAck});
  EXPECT_EQ(all[0].nanoseconds, 1'700'000'000'000'000'000u);
}

TEST_F(PcapngTrafficLogTest, BeginsWithAHandshakeOfThisSideWhenItConnects) {
  connection.outgoing = true;
  log.opened(connection);
  const auto all = packets();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].fromPort, 80u);
  EXPECT_EQ(all[0].flags, unsigned{kSyn});
}

TEST_F(PcapngTrafficLogTest, NumbersWhatIsSaid) {
  const auto recorder = log.opened(connection);
  recorder->received("hello");
  const BytesView pieces[] = {"good", "bye"};
  recorder->written(pieces);
  recorder->received("!");
  const auto all = packets();
  ASSERT_EQ(all.size(), 7u);
  EXPECT_EQ(all[3].payload, "hello");
  EXPECT_EQ(all[3].flags, unsigned{kPsh | kAck});
  EXPECT_EQ(all[3].sequence, 1u);
  EXPECT_EQ(all[4].payload, "good");
  EXPECT_EQ(all[4].fromPort, 80u);
  EXPECT_EQ(all[4].sequence, 1u);
  EXPECT_EQ(all[4].acknowledged, 6u);
  EXPECT_EQ(all[5].sequence, 5u);
  EXPECT_EQ(all[6].sequence, 6u);
  EXPECT_EQ(all[6].acknowledged, 8u);
}

TEST_F(PcapngTrafficLogTest, SplitsWhatIsTooLargeForAPacket) {
  const Bytes large(200'001, 'x');
  log.opened(connection)->received(large);
  Bytes together;
  for (const Packet& packet : packets()) {
    if (packet.payload.empty()) continue;
    EXPECT_EQ(packet.sequence, 1 + together.size());
    together += packet.payload;
  }
  EXPECT_EQ(together, large);
}

TEST_F(PcapngTrafficLogTest, EndsInOrder) {
  log.opened(connection)->lost(Failure(ConnectionDone()));
  const auto all = packets();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[3].fromPort, 50000u);
  EXPECT_EQ(all[3].flags, unsigned{kFin | kAck});
  EXPECT_EQ(all[4].fromPort, 80u);
  EXPECT_EQ(all[4].flags, unsigned{kFin | kAck});
  EXPECT_EQ(all[5].flags, unsigned{kAck});
  EXPECT_EQ(all[5].acknowledged, 2u);
  EXPECT_NE(all[5].options.find("Connection was closed cleanly."), Bytes::npos);
}

TEST_F(PcapngTrafficLogTest, EndsFromThisSideWhenItHasClosed) {
  const auto recorder = log.opened(connection);
  recorder->losing();
  recorder->lost(Failure(ConnectionDone()));
  const auto all = packets();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[3].fromPort, 80u);
}

TEST_F(PcapngTrafficLogTest, EndsWithAReset) {
  log.opened(connection)->lost(Failure(ConnectionLost()));
  connection.number = 2;
  log.opened(connection)->lost(Failure(ConnectionAborted()));
  const auto all = packets();
  ASSERT_EQ(all.size(), 8u);
  EXPECT_EQ(all[3].fromPort, 50000u);
  EXPECT_EQ(all[3].flags, unsigned{kRst | kAck});
  EXPECT_EQ(all[7].fromPort, 80u);
  EXPECT_EQ(all[7].flags, unsigned{kRst | kAck});
}

TEST_F(PcapngTrafficLogTest, ShowsIPv6) {
  connection.peer = *IPv6Address::parse("2001:db8::1", 50000);
  connection.host = *IPv6Address::parse("2001:db8::2", 80);
  log.opened(connection)->received("odd");
  const auto all = packets();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[3].from.size(), 16u);
  EXPECT_EQ(all[3].from.back(), 1);
  EXPECT_EQ(all[3].payload, "odd");
}

TEST_F(PcapngTrafficLogTest, ShowsBothFamiliesTogetherAsIPv6) {
  connection.host = *IPv6Address::parse("::1", 80);
  log.opened(connection);
  EXPECT_EQ(packets().at(0).from.substr(10), Bytes({'\xff', '\xff', 10, 0, 0, 1}));
}

TEST_F(PcapngTrafficLogTest, ShowsOtherMediaOnTheLoopback) {
  connection.peer = UNIXAddress{};
  connection.host = UNIXAddress{"/run/door"};
  log.opened(connection);
  const auto all = packets();
  EXPECT_EQ(all.at(0).from, Bytes({127, 0, 0, 1}));
  EXPECT_EQ(all.at(0).fromPort, 1025u);
  EXPECT_EQ(all.at(0).toPort, 1u);
}

}  // namespace
}  // namespace plait
