#pragma once

#include <plait/core/bytes.hpp>
#include <string>
#include <string_view>

namespace plait::testing {

/// The bytes that hexadecimal digits (with spaces between, where wanted) say.
inline Bytes hex(std::string_view digits) {
  Bytes bytes;
  std::string pair;
  for (char digit : digits) {
    if (digit == ' ') continue;
    pair += digit;
    if (pair.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
    pair.clear();
  }
  return bytes;
}

inline const Bytes kProxySignature = hex("0D0A0D0A000D0A515549540A");

/// A header of version 2: version and command, family and protocol, and what is behind the length.
inline Bytes proxyV2(std::string_view twoBytes, const Bytes& body) {
  Bytes header = kProxySignature + hex(twoBytes);
  header += static_cast<char>(body.size() >> 8);
  header += static_cast<char>(body.size() & 0xff);
  return header + body;
}

/// 127.0.0.1:8080 to 127.0.0.2:8888.
inline const Bytes kProxyIPv4 = hex("7F000001 7F000002 1F90 22B8");

}  // namespace plait::testing
