#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>

#include "common/mode.hpp"

namespace bench {

/// What the baselines receive at once, at least.
inline constexpr std::size_t kBufferSize = 64 * 1024;
/// The longest payload of a netstring that they take, and the longest line.
inline constexpr std::size_t kMaxPayload = 1024 * 1024;

/// What a run of received bytes holds. The reply to complete frames is those same bytes, so a
/// baseline sends `complete` bytes straight from its receive buffer: no server can do less.
struct Frames {
  std::size_t complete = 0;  ///< bytes of whole frames at the front
  bool malformed = false;    ///< what follows them can never become a frame
  std::size_t wanted = 0;    ///< the size of the frame behind them, if that can be told yet
};

/// Lines end in CRLF and nothing else: a lone CR or LF is part of the line.
inline Frames findLines(std::string_view bytes) {
  Frames found;
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* from = begin;
  while (from != end) {
    const auto* lf = static_cast<const char*>(std::memchr(from, '\n', end - from));
    if (lf == nullptr) break;
    if (lf != begin && lf[-1] == '\r') found.complete = lf + 1 - begin;
    from = lf + 1;
  }
  found.malformed = bytes.size() - found.complete > kMaxPayload;
  return found;
}

/// Netstrings carry a length of decimal digits without leading zeros. The digits are so few that a
/// loop over them beats any search for the colon.
inline Frames findNetstrings(std::string_view bytes) {
  Frames found;
  for (;;) {
    const char* const begin = bytes.data() + found.complete;
    const std::size_t available = bytes.size() - found.complete;
    std::size_t length = 0;
    std::size_t digits = 0;
    while (digits < available && begin[digits] >= '0' && begin[digits] <= '9') {
      if (digits == 1 && begin[0] == '0') break;
      length = length * 10 + static_cast<std::size_t>(begin[digits] - '0');
      if (length > kMaxPayload) break;
      ++digits;
    }
    if (digits == available) return found;
    if (digits == 0 || begin[digits] != ':') return {.complete = found.complete, .malformed = true};

    const std::size_t comma = digits + 1 + length;
    if (comma >= available) {
      found.wanted = comma + 1;
      return found;
    }
    if (begin[comma] != ',') return {.complete = found.complete, .malformed = true};
    found.complete += comma + 1;
  }
}

/// Never looks at a byte twice, except at an unfinished last frame when more of it has arrived.
inline Frames findFrames(Mode mode, std::string_view bytes) {
  switch (mode) {
    case Mode::line:
    case Mode::fanout:
      return findLines(bytes);
    case Mode::netstring:
      return findNetstrings(bytes);
    case Mode::echo:
    case Mode::udp:
    case Mode::tls:
      break;
  }
  return {.complete = bytes.size()};
}

}  // namespace bench
