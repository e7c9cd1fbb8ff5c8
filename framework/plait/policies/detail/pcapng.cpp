#include <cstdint>
#include <cstring>
#include <plait/policies/detail/pcapng.hpp>

namespace plait::detail {

namespace {

constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A, kInterface = 1, kEnhancedPacket = 6;
constexpr std::uint16_t kEndOfOptions = 0, kComment = 1, kUserApplication = 4, kResolution = 9;
constexpr std::uint16_t kRawIP = 101;

template <class Number>
void append(Bytes& to, Number number) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  to.append(bytes, sizeof number);
}

void appendPadded(Bytes& to, BytesView data) {
  to += data;
  to.append((4 - data.size() % 4) % 4, '\0');
}

void appendOption(Bytes& to, std::uint16_t code, BytesView value) {
  append(to, code);
  append(to, static_cast<std::uint16_t>(value.size()));
  appendPadded(to, value);
}

/// Its type, its length, what is in it, its length.
Bytes block(std::uint32_t type, BytesView body) {
  const auto size = static_cast<std::uint32_t>(body.size() + 12);
  Bytes bytes;
  append(bytes, type);
  append(bytes, size);
  bytes += body;
  append(bytes, size);
  return bytes;
}

}  // namespace

Bytes pcapngHeader() {
  Bytes section;
  append(section, std::uint32_t{0x1A2B3C4D});  // tells the byte order
  append(section, std::uint16_t{1});           // version 1.0
  append(section, std::uint16_t{0});
  append(section, std::int64_t{-1});  // of unknown length
  appendOption(section, kUserApplication, "plait");
  appendOption(section, kEndOfOptions, {});

  Bytes interface;
  append(interface, kRawIP);
  append(interface, std::uint16_t{0});
  append(interface, std::uint32_t{0});  // packets of any length
  appendOption(interface, kResolution, "\x09");
  appendOption(interface, kEndOfOptions, {});
  return block(kSectionHeader, section) + block(kInterface, interface);
}

Bytes pcapngPacket(std::chrono::system_clock::time_point time, BytesView packet,
                   BytesView comment) {
  const auto stamp = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
  Bytes body;
  append(body, std::uint32_t{0});  // the interface
  append(body, static_cast<std::uint32_t>(stamp >> 32));
  append(body, static_cast<std::uint32_t>(stamp));
  append(body, static_cast<std::uint32_t>(packet.size()));
  append(body, static_cast<std::uint32_t>(packet.size()));
  appendPadded(body, packet);
  if (!comment.empty()) {
    appendOption(body, kComment, comment.substr(0, 1000));
    appendOption(body, kEndOfOptions, {});
  }
  return block(kEnhancedPacket, body);
}

}  // namespace plait::detail
