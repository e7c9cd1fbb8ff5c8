#pragma once

#include <array>
#include <cstdint>
#include <plait/core/address.hpp>
#include <plait/core/bytes.hpp>
#include <variant>

namespace plait::detail {

/// One end of a made-up TCP connection.
struct PacketEnd {
  std::variant<std::array<std::uint8_t, 4>, std::array<std::uint8_t, 16>> octets;
  std::uint16_t port = 0;
};

/// Both ends, of one family: of what `a` and `b` are, if they are addresses of IP, otherwise of
/// 127.0.0.1 with the ports given.
struct PacketEnds {
  PacketEnds(const Address& a, const Address& b, std::uint16_t portOfA, std::uint16_t portOfB);
  PacketEnd a, b;
};

namespace tcp_flags {
constexpr std::uint8_t fin = 1, syn = 2, rst = 4, psh = 8, ack = 16;
}

/// An IP packet with a TCP segment in it, checksums and all.
Bytes tcpPacket(const PacketEnd& from, const PacketEnd& to, std::uint32_t sequence,
                std::uint32_t acknowledged, std::uint8_t flags, BytesView payload);

}  // namespace plait::detail
