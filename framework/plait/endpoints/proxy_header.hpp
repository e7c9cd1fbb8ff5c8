#pragma once

#include <cstdint>
#include <plait/core/address.hpp>
#include <plait/core/bytes.hpp>
#include <plait/core/errors.hpp>
#include <vector>

namespace plait {

/// One of the values that a PROXY header of version 2 may have behind the addresses: the host name
/// asked for, facts about TLS, and others (section 2.2 of the specification).
struct ProxyTLV {
  enum : std::uint8_t {
    alpn = 0x01,       ///< the protocol negotiated
    authority = 0x02,  ///< the host name asked for (SNI)
    crc32c = 0x03,     ///< checked by the parser
    noop = 0x04,
    uniqueID = 0x05,
    ssl = 0x20,  ///< facts about the client's TLS, with values of its own inside
    netns = 0x30,
  };

  std::uint8_t type = noop;
  Bytes value = {};

  friend bool operator==(const ProxyTLV&, const ProxyTLV&) = default;
};

/// What a proxy says about a connection that it passes on, in front of everything else: whose it
/// is. See "The PROXY protocol, versions 1 & 2" (proxy-protocol.txt of HAProxy).
struct ProxyHeader {
  enum class Medium { stream, datagram };

  /// Where the client is, and where it connected to: IPv4 or IPv6 both, or UNIX. Unknown when the
  /// proxy does not know, or speaks for itself (v2's LOCAL: a health check): then the addresses of
  /// the connection count.
  Address source = {};
  Address destination = {};
  Medium medium = Medium::stream;   ///< only version 2 tells
  bool local = false;               ///< only version 2 tells
  std::vector<ProxyTLV> tlvs = {};  ///< only version 2 has any; in their order

  /// The first value of this type; null when there is none.
  const Bytes* tlv(std::uint8_t type) const;

  friend bool operator==(const ProxyHeader&, const ProxyHeader&) = default;
};

/// A PROXY header that is none.
struct ProxyHeaderError : ConnectionLost {
  explicit ProxyHeaderError(std::string_view why);
};

/// The header in version 1: a line of text. Addresses that it cannot express, or that are unknown,
/// become "PROXY UNKNOWN". One IPv4 and one IPv6 address are both written as IPv6. TLVs are left
/// out.
Bytes proxyHeaderV1(const ProxyHeader& header);
/// The header in version 2: binary, with TLVs. A TLV of type `crc32c` gets its value computed.
/// std::invalid_argument when it is longer than 65535 bytes, or a UNIX path than 108.
Bytes proxyHeaderV2(const ProxyHeader& header);

}  // namespace plait
