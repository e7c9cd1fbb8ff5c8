#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <plait/endpoints/detail/proxy_v2.hpp>
#include <plait/endpoints/proxy_header_parser.hpp>

namespace plait {

using namespace detail::proxy_v2;

namespace {

constexpr BytesView kV1Start("PROXY ");
/// Of a whole line, with its end.
constexpr std::size_t kLongestLine = 107;

[[noreturn]] void refuse(std::string_view why) {
  throw ProxyHeaderError(why);
}

/// True when `data` is the beginning of `start`, or the other way round.
bool agree(BytesView data, BytesView start) {
  const std::size_t both = std::min(data.size(), start.size());
  return data.substr(0, both) == start.substr(0, both);
}

// --- Version 1 -------------------------------------------------------------------------

std::uint16_t portOf(BytesView text) {
  unsigned port = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool number = error == std::errc{} && stop == text.data() + text.size();
  if (!number || port > 65535 || (text.size() > 1 && text[0] == '0')) {
    refuse("a port is none");
  }
  return static_cast<std::uint16_t>(port);
}

template <class IP>
Address addressOf(BytesView host, BytesView port) {
  const auto address = host.find('%') == BytesView::npos
                           ? IP::parse(host, portOf(port))
                           : std::nullopt;  // a scope means nothing elsewhere
  if (!address) refuse("an address is none");
  return *address;
}

template <class IP>
ProxyHeader addressesOf(BytesView fields) {
  std::array<BytesView, 4> each;
  for (std::size_t i = 0; i < each.size(); ++i) {
    const std::size_t end = i + 1 < each.size() ? fields.find(' ') : fields.size();
    if (end == BytesView::npos) refuse("addresses or ports are missing");
    each[i] = fields.substr(0, end);
    fields.remove_prefix(std::min(end + 1, fields.size()));
  }
  return {.source = addressOf<IP>(each[0], each[2]),
          .destination = addressOf<IP>(each[1], each[3])};
}

// --- Version 2 -------------------------------------------------------------------------

template <class IP>
Address binaryAddress(BytesView data, std::size_t addressAt, std::size_t portAt) {
  IP address;
  for (std::size_t i = 0; i < address.octets.size(); ++i) {
    address.octets[i] = byteAt(data, addressAt + i);
  }
  address.port = shortAt(data, portAt);
  return address;
}

/// A path ends with the first null byte; but a name in the abstract name space begins with one.
Address pathAt(BytesView data, std::size_t at) {
  const BytesView field = data.substr(at, kPathSize);
  std::size_t size = std::min(field.find('\0'), field.size());
  if (size == 0) size = field.find_last_not_of('\0') + 1;
  return UNIXAddress{std::string(field.substr(0, size))};
}

std::size_t addressSize(std::uint8_t family) {
  switch (family) {
    case kINET:
      return kINETSize;
    case kINET6:
      return kINET6Size;
    default:
      return kUNIXSize;
  }
}

void readAddresses(ProxyHeader& header, std::uint8_t family, BytesView data) {
  if (family == kINET) {
    header.source = binaryAddress<IPv4Address>(data, 0, 8);
    header.destination = binaryAddress<IPv4Address>(data, 4, 10);
  } else if (family == kINET6) {
    header.source = binaryAddress<IPv6Address>(data, 0, 32);
    header.destination = binaryAddress<IPv6Address>(data, 16, 34);
  } else {
    header.source = pathAt(data, 0);
    header.destination = pathAt(data, kPathSize);
  }
}

/// Refuses the header unless its checksum, which is at `at`, is right.
void checkCRC(Bytes header, std::size_t at) {
  const std::uint32_t given =
      static_cast<std::uint32_t>(shortAt(header, at)) << 16 | shortAt(header, at + 2);
  header.replace(at, kChecksumSize, kChecksumSize, '\0');
  if (crc32c(header) != given) refuse("its checksum is wrong");
}

/// Whether the bytes are a sequence of TLVs: of an unspecified family, nobody says what they are.
bool areTLVs(BytesView data) {
  while (data.size() >= kTLVHeaderSize && kTLVHeaderSize + shortAt(data, 1) <= data.size()) {
    data.remove_prefix(kTLVHeaderSize + shortAt(data, 1));
  }
  return data.empty();
}

std::vector<ProxyTLV> readTLVs(BytesView header, std::size_t at) {
  std::vector<ProxyTLV> tlvs;
  while (at < header.size()) {
    if (header.size() - at < kTLVHeaderSize) refuse("a value is cut short");
    const std::size_t size = shortAt(header, at + 1);
    const std::uint8_t type = byteAt(header, at);
    at += kTLVHeaderSize;
    if (header.size() - at < size) refuse("a value is cut short");
    if (type == ProxyTLV::crc32c) {
      if (size != kChecksumSize) refuse("its checksum is none");
      checkCRC(Bytes(header), at);
    }
    tlvs.push_back({type, Bytes(header.substr(at, size))});
    at += size;
  }
  return tlvs;
}

}  // namespace

std::optional<ProxyHeader> ProxyHeaderParser::feed(BytesView data) {
  buffer_ += data;
  return parse();
}

Bytes ProxyHeaderParser::takeRest() {
  Bytes rest = buffer_.substr(headerSize_);
  buffer_.clear();
  return rest;
}

std::optional<ProxyHeader> ProxyHeaderParser::parse() {
  if (buffer_.empty()) return std::nullopt;
  if (agree(buffer_, kV1Start)) return parseV1();
  if (agree(buffer_, kSignature)) return parseV2();
  refuse("it is none");
}

std::optional<ProxyHeader> ProxyHeaderParser::parseV1() {
  const std::size_t end = BytesView(buffer_).substr(0, kLongestLine).find("\r\n");
  if (end == Bytes::npos) {
    if (buffer_.size() > kLongestLine) refuse("its line is too long");
    return std::nullopt;
  }
  headerSize_ = end + 2;
  BytesView line = BytesView(buffer_).substr(0, end);
  line.remove_prefix(kV1Start.size());
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return ProxyHeader();
  if (line.starts_with("TCP4 ")) return addressesOf<IPv4Address>(line.substr(5));
  if (line.starts_with("TCP6 ")) return addressesOf<IPv6Address>(line.substr(5));
  refuse("its protocol is none of TCP4, TCP6 and UNKNOWN");
}

std::optional<ProxyHeader> ProxyHeaderParser::parseV2() {
  const BytesView data = buffer_;
  if (data.size() <= kSignature.size()) return std::nullopt;
  const std::uint8_t command = byteAt(data, 12) & 0x0f;
  if ((byteAt(data, 12) & 0xf0) != kVersion) refuse("its version is not 2");
  if (command != kLocal && command != kProxy) refuse("its command is neither LOCAL nor PROXY");
  if (data.size() < kFixedSize) return std::nullopt;

  const std::uint8_t family = byteAt(data, 13) >> 4;
  const std::uint8_t medium = byteAt(data, 13) & 0x0f;
  const std::size_t length = shortAt(data, 14);
  const bool speaks = command == kProxy;
  if (speaks && (family > kUNIX || medium > kDatagram)) refuse("its family or protocol is unknown");
  const bool addressed = speaks && family != kUnspecified && medium != kUnspecified;
  if (addressed && length < addressSize(family)) refuse("it is too short for its addresses");
  if (length > maxLength_) {
    refuse(fmt::format("it has {} bytes, {} are allowed", length, maxLength_));
  }
  headerSize_ = kFixedSize + length;
  if (data.size() < headerSize_) return std::nullopt;

  ProxyHeader header;
  header.local = !speaks;
  if (speaks && medium == kDatagram) header.medium = ProxyHeader::Medium::datagram;
  const BytesView whole = data.substr(0, headerSize_);
  if (addressed) {
    readAddresses(header, family, whole.substr(kFixedSize));
    header.tlvs = readTLVs(whole, kFixedSize + addressSize(family));
  } else if (speaks && family == kUnspecified && areTLVs(whole.substr(kFixedSize))) {
    header.tlvs = readTLVs(whole, kFixedSize);
  }
  return header;
}

}  // namespace plait
