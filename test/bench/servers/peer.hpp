#pragma once

#include <csignal>
#include <cstddef>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "common/descriptor_limit.hpp"
#include "common/mode.hpp"

namespace bench {

/// The longest netstring and the longest line that the peers' servers take.
inline constexpr std::size_t kLongestNetstring = 1 << 20;
inline constexpr std::size_t kLongestLine = 16384;

/// How many bytes of an unfinished frame may wait for the rest of it.
constexpr std::size_t longestFrame(Mode mode) {
  return mode == Mode::netstring ? kLongestNetstring + sizeof "1048576:," : kLongestLine + 2;
}

/// The mode from the command line, for a server of plain TCP and UDP; and what all of them want of
/// their process. Throws UnknownMode, or std::runtime_error with the usage of `program`.
inline Mode startPeer(const std::string& program, int argc, char** argv) {
  if (argc < 2) throw std::runtime_error("usage: " + program + " echo|line|netstring|udp|fanout");
  const Mode mode = parseMode(argv[1]);
  if (argc != 2 || mode == Mode::tls) throw UnknownMode("plain TCP and UDP only");
  std::signal(SIGPIPE, SIG_IGN);
  raiseDescriptorLimit();
  return mode;
}

inline void announce(int port) {
  std::printf("listening on %d\n", port);
  std::fflush(stdout);
}

}  // namespace bench
