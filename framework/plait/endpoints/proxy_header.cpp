#include <fmt/format.h>

#include <algorithm>
#include <plait/endpoints/detail/proxy_v2.hpp>
#include <plait/endpoints/proxy_header.hpp>
#include <stdexcept>

namespace plait {

using namespace detail::proxy_v2;

namespace {

IPv6Address mapped(const IPv4Address& address) {
  IPv6Address v6{.port = address.port};
  v6.octets[10] = v6.octets[11] = 0xff;
  std::copy(address.octets.begin(), address.octets.end(), v6.octets.begin() + 12);
  return v6;
}

/// The address as IPv6, without a scope, which means nothing elsewhere; nullopt when it is no IP
/// address.
std::optional<IPv6Address> asIPv6(const Address& address) {
  if (const auto* v4 = address.as<IPv4Address>()) return mapped(*v4);
  const auto* v6 = address.as<IPv6Address>();
  if (!v6) return std::nullopt;
  return IPv6Address{.octets = v6->octets, .port = v6->port};
}

void putShort(Bytes& out, std::size_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

template <std::size_t N>
void putOctets(Bytes& out, const std::array<std::uint8_t, N>& octets) {
  for (std::uint8_t octet : octets) out += static_cast<char>(octet);
}

void putPath(Bytes& out, const UNIXAddress& address) {
  if (address.name.size() > kPathSize) {
    throw std::invalid_argument(
        fmt::format("a PROXY header has no room for a path of {} bytes; {} at most",
                    address.name.size(), kPathSize));
  }
  out += address.name;
  out.append(kPathSize - address.name.size(), '\0');
}

/// Appends the addresses and returns their family.
std::uint8_t putAddresses(Bytes& out, const ProxyHeader& header) {
  const auto *from4 = header.source.as<IPv4Address>(), *to4 = header.destination.as<IPv4Address>();
  if (from4 && to4) {
    putOctets(out, from4->octets);
    putOctets(out, to4->octets);
    putShort(out, from4->port);
    putShort(out, to4->port);
    return kINET;
  }
  const auto from6 = asIPv6(header.source), to6 = asIPv6(header.destination);
  if (from6 && to6) {
    putOctets(out, from6->octets);
    putOctets(out, to6->octets);
    putShort(out, from6->port);
    putShort(out, to6->port);
    return kINET6;
  }
  const auto *fromPath = header.source.as<UNIXAddress>(),
             *toPath = header.destination.as<UNIXAddress>();
  if (fromPath && toPath) {
    putPath(out, *fromPath);
    putPath(out, *toPath);
    return kUNIX;
  }
  return kUnspecified;
}

/// Appends the TLVs and returns where the checksum is to be; 0 for nowhere.
std::size_t putTLVs(Bytes& out, const std::vector<ProxyTLV>& tlvs) {
  std::size_t checksumAt = 0;
  for (const ProxyTLV& tlv : tlvs) {
    const bool checksum = tlv.type == ProxyTLV::crc32c;
    const Bytes value = checksum ? Bytes(kChecksumSize, '\0') : tlv.value;
    out += static_cast<char>(tlv.type);
    putShort(out, std::min<std::size_t>(value.size(), 0xffff));  // the whole is checked later
    if (checksum) checksumAt = out.size();
    out += value;
  }
  return checksumAt;
}

}  // namespace

ProxyHeaderError::ProxyHeaderError(std::string_view why)
    : ConnectionLost(fmt::format("bad PROXY header: {}", why)) {}

const Bytes* ProxyHeader::tlv(std::uint8_t type) const {
  const auto found = std::find_if(tlvs.begin(), tlvs.end(),
                                  [type](const ProxyTLV& tlv) { return tlv.type == type; });
  return found == tlvs.end() ? nullptr : &found->value;
}

Bytes proxyHeaderV1(const ProxyHeader& header) {
  const auto *from4 = header.source.as<IPv4Address>(), *to4 = header.destination.as<IPv4Address>();
  if (!header.local && from4 && to4) {
    return fmt::format("PROXY TCP4 {} {} {} {}\r\n", from4->host(), to4->host(), from4->port,
                       to4->port);
  }
  const auto from6 = asIPv6(header.source), to6 = asIPv6(header.destination);
  if (!header.local && from6 && to6) {
    return fmt::format("PROXY TCP6 {} {} {} {}\r\n", from6->host(), to6->host(), from6->port,
                       to6->port);
  }
  return "PROXY UNKNOWN\r\n";
}

Bytes proxyHeaderV2(const ProxyHeader& header) {
  Bytes body;
  const std::uint8_t family = header.local ? kUnspecified : putAddresses(body, header);
  const std::size_t checksumAt = putTLVs(body, header.tlvs);
  if (body.size() > 0xffff) {
    throw std::invalid_argument(
        fmt::format("a PROXY header of {} bytes is too long; 65535 at most", body.size()));
  }
  const bool stream = header.medium == ProxyHeader::Medium::stream;
  const std::uint8_t medium = family == kUnspecified ? 0 : stream ? kStream : kDatagram;

  Bytes whole(kSignature);
  whole += static_cast<char>(kVersion | (header.local ? kLocal : kProxy));
  whole += static_cast<char>(family << 4 | medium);
  putShort(whole, body.size());
  whole += body;
  if (checksumAt != 0) {
    Bytes checksum;
    const std::uint32_t crc = crc32c(whole);
    putShort(checksum, crc >> 16);
    putShort(checksum, crc & 0xffff);
    whole.replace(kFixedSize + checksumAt, kChecksumSize, checksum);
  }
  return whole;
}

}  // namespace plait
