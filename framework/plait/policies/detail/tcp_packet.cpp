#include <algorithm>
#include <plait/policies/detail/tcp_packet.hpp>

namespace plait::detail {

namespace {

using IPv4 = std::array<std::uint8_t, 4>;
using IPv6 = std::array<std::uint8_t, 16>;

constexpr IPv4 kLoopback = {127, 0, 0, 1};
constexpr std::uint8_t kTcp = 6;
constexpr std::uint8_t kHops = 64;
constexpr std::size_t kIPv4Header = 20;
/// Of those that begin a connection: the window may be a gigabyte (RFC 7323), for nobody here waits
/// for it to open.
constexpr BytesView kWindowScale = "\x01\x03\x03\x0e";

/// ::ffff:a.b.c.d
IPv6 mapped(const IPv4& octets) {
  IPv6 result{};
  result[10] = result[11] = 0xff;
  std::copy(octets.begin(), octets.end(), result.begin() + 12);
  return result;
}

PacketEnd endOf(const Address& address, std::uint16_t otherwise) {
  if (const auto* four = address.as<IPv4Address>()) return {four->octets, four->port};
  if (const auto* six = address.as<IPv6Address>()) return {six->octets, six->port};
  return {kLoopback, otherwise};
}

/// Numbers as the network has them.
class Writer {
 public:
  Writer& byte(unsigned value) {
    bytes.push_back(static_cast<char>(value));
    return *this;
  }
  Writer& two(unsigned value) { return byte(value >> 8 & 0xff).byte(value & 0xff); }
  Writer& four(std::uint32_t value) { return two(value >> 16).two(value & 0xffff); }
  template <std::size_t N>
  Writer& octets(const std::array<std::uint8_t, N>& values) {
    for (std::uint8_t value : values) byte(value);
    return *this;
  }

  Bytes bytes;
};

/// The internet checksum (RFC 1071) of what is given, one behind the other; all but the last of an
/// even number of bytes.
std::uint16_t checksum(std::initializer_list<BytesView> pieces) {
  std::uint32_t sum = 0;
  for (BytesView piece : pieces) {
    for (std::size_t i = 0; i < piece.size(); ++i) {
      const std::uint32_t octet = static_cast<unsigned char>(piece[i]);
      sum += i % 2 == 0 ? octet << 8 : octet;
    }
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(~sum);
}

void put(Bytes& to, std::size_t at, std::uint16_t value) {
  to[at] = static_cast<char>(value >> 8);
  to[at + 1] = static_cast<char>(value);
}

Bytes tcpHeader(const PacketEnd& from, const PacketEnd& to, std::uint32_t sequence,
                std::uint32_t acknowledged, std::uint8_t flags) {
  const BytesView options = flags & tcp_flags::syn ? kWindowScale : BytesView();
  return Writer()
             .two(from.port)
             .two(to.port)
             .four(sequence)
             .four(acknowledged)
             .byte(static_cast<unsigned>((20 + options.size()) / 4 << 4))
             .byte(flags)
             .two(0xffff)  // window
             .two(0)       // checksum, to come
             .two(0)
             .bytes +
         Bytes(options);
}

Bytes ipHeader(const IPv4& from, const IPv4& to, std::size_t size) {
  Bytes header = Writer()
                     .two(0x4500)
                     .two(static_cast<unsigned>(kIPv4Header + size))
                     .two(0)       // identification
                     .two(0x4000)  // not to be fragmented
                     .byte(kHops)
                     .byte(kTcp)
                     .two(0)
                     .octets(from)
                     .octets(to)
                     .bytes;
  put(header, 10, checksum({header}));
  return header;
}

Bytes ipHeader(const IPv6& from, const IPv6& to, std::size_t size) {
  return Writer()
      .four(0x60000000)
      .two(static_cast<unsigned>(size))
      .byte(kTcp)
      .byte(kHops)
      .octets(from)
      .octets(to)
      .bytes;
}

/// What the checksum of TCP covers of the IP header.
template <class Octets>
Bytes pseudoHeader(const Octets& from, const Octets& to, std::size_t size) {
  return Writer().octets(from).octets(to).four(static_cast<std::uint32_t>(size)).four(kTcp).bytes;
}

}  // namespace

PacketEnds::PacketEnds(const Address& first, const Address& second, std::uint16_t portOfA,
                       std::uint16_t portOfB)
    : a(endOf(first, portOfA)), b(endOf(second, portOfB)) {
  if (a.octets.index() == b.octets.index()) return;
  for (PacketEnd* end : {&a, &b}) {
    if (const auto* four = std::get_if<IPv4>(&end->octets)) end->octets = mapped(*four);
  }
}

Bytes tcpPacket(const PacketEnd& from, const PacketEnd& to, std::uint32_t sequence,
                std::uint32_t acknowledged, std::uint8_t flags, BytesView payload) {
  return std::visit(
      [&](const auto& source) {
        const auto& target = std::get<std::remove_cvref_t<decltype(source)>>(to.octets);
        Bytes header = tcpHeader(from, to, sequence, acknowledged, flags);
        const std::size_t size = header.size() + payload.size();
        put(header, 16, checksum({pseudoHeader(source, target, size), header, payload}));
        return ipHeader(source, target, size) + header + Bytes(payload);
      },
      from.octets);
}

}  // namespace plait::detail
