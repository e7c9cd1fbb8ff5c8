#include <array>
#include <plait/endpoints/detail/proxy_v2.hpp>

namespace plait::detail::proxy_v2 {

namespace {

/// RFC 3309, as of a byte at a time: headers are short and few.
constexpr std::array<std::uint32_t, 256> makeTable() {
  constexpr std::uint32_t kPolynomial = 0x82f63b78;  // bits reversed
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) ? crc >> 1 ^ kPolynomial : crc >> 1;
    table[byte] = crc;
  }
  return table;
}

constexpr auto kTable = makeTable();

}  // namespace

std::uint32_t crc32c(BytesView header) {
  std::uint32_t crc = 0xffffffff;
  for (char c : header) crc = kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xff] ^ crc >> 8;
  return ~crc;
}

}  // namespace plait::detail::proxy_v2
