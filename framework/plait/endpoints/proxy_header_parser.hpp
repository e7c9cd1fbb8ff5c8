#pragma once

#include <cstddef>
#include <optional>
#include <plait/endpoints/proxy_header.hpp>

namespace plait {

/// Reads one PROXY header, of version 1 or 2, from the start of a stream that is cut anywhere. What
/// it does not understand to the letter it refuses, as soon as it can be told:
///
///     PROXY TCP4 192.0.2.1 198.51.100.7 49152 443\r\n
///     PROXY TCP6 2001:db8::1 2001:db8::7 49152 443\r\n
///     PROXY UNKNOWN [anything]\r\n                              at most 107 bytes in all
///
///     +----------------+--------+--------+--------+-----------+------------------------+
///     | 12 bytes       | version| family | length | addresses | type, length, value ...|
///     | 0D0A0D0A...0A  | command| medium |   2    |           |                        |
///     +----------------+--------+--------+--------+-----------+------------------------+
///
/// Of version 2, everything behind the addresses is kept; a CRC32c among it must be right. LOCAL
/// has no more to say than that; nor has an unspecified family, whose TLVs are kept if they are
/// some.
class ProxyHeaderParser {
 public:
  /// `maxLength` bounds a header of version 2, without its first 16 bytes.
  explicit ProxyHeaderParser(std::size_t maxLength = 4096) : maxLength_(maxLength) {}

  /// Takes what came. Returns the header once it is whole; not to be called again then. Throws
  /// ProxyHeaderError.
  std::optional<ProxyHeader> feed(BytesView data);
  /// What came behind the header.
  Bytes takeRest();

 private:
  std::optional<ProxyHeader> parse();
  std::optional<ProxyHeader> parseV1();
  std::optional<ProxyHeader> parseV2();

  std::size_t maxLength_;
  Bytes buffer_;
  std::size_t headerSize_ = 0;
};

}  // namespace plait
