#pragma once

#include <algorithm>
#include <plait/core/bytes.hpp>

namespace plait::testing {

/// `size` bytes of which no two neighbouring kilobytes are equal, so that a loss or a swap shows.
inline Bytes pattern(std::size_t size) {
  constexpr std::size_t kPeriod = 256 * 1009;
  Bytes bytes(size, '\0');
  for (std::size_t i = 0; i < std::min(size, kPeriod); ++i) {
    bytes[i] = static_cast<char>((i * 31 + i / 1009) & 0xff);
  }
  for (std::size_t i = kPeriod; i < size; i += kPeriod) {
    bytes.replace(i, kPeriod, bytes, 0, std::min(kPeriod, size - i));
  }
  return bytes;
}

}  // namespace plait::testing
