#pragma once

#include <cstdint>
#include <plait/core/bytes.hpp>

/// The bytes of PROXY protocol version 2, for who reads and who writes them.
namespace plait::detail::proxy_v2 {

inline constexpr BytesView kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
/// Signature, version and command, family and medium, length.
inline constexpr std::size_t kFixedSize = 16;

inline constexpr std::uint8_t kVersion = 0x20;
inline constexpr std::uint8_t kLocal = 0x0;
inline constexpr std::uint8_t kProxy = 0x1;

inline constexpr std::uint8_t kUnspecified = 0x0;  // family and medium
inline constexpr std::uint8_t kINET = 0x1;
inline constexpr std::uint8_t kINET6 = 0x2;
inline constexpr std::uint8_t kUNIX = 0x3;
inline constexpr std::uint8_t kStream = 0x1;
inline constexpr std::uint8_t kDatagram = 0x2;

inline constexpr std::size_t kINETSize = 12;
inline constexpr std::size_t kINET6Size = 36;
inline constexpr std::size_t kPathSize = 108;
inline constexpr std::size_t kUNIXSize = 2 * kPathSize;
inline constexpr std::size_t kTLVHeaderSize = 3;
inline constexpr std::size_t kChecksumSize = 4;

inline std::uint8_t byteAt(BytesView data, std::size_t at) {
  return static_cast<std::uint8_t>(data[at]);
}
inline std::uint16_t shortAt(BytesView data, std::size_t at) {
  return static_cast<std::uint16_t>(byteAt(data, at) << 8 | byteAt(data, at + 1));
}

/// The checksum of a header in which the place of the checksum itself is zero.
std::uint32_t crc32c(BytesView header);

}  // namespace plait::detail::proxy_v2
