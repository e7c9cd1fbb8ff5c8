#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace bench {

/// What one request is on the wire; every server answers each request with the same bytes.
enum class Mode {
  echo,       ///< bytes without frames
  line,       ///< `text CRLF`
  netstring,  ///< `LEN:DATA,`
  udp,        ///< one UDP datagram
};

/// Throws std::runtime_error for a name that is none of these.
inline Mode parseMode(std::string_view name) {
  if (name == "echo") return Mode::echo;
  if (name == "line") return Mode::line;
  if (name == "netstring") return Mode::netstring;
  if (name == "udp") return Mode::udp;
  throw std::runtime_error("unknown mode '" + std::string(name) +
                           "', expected echo, line, netstring or udp");
}

}  // namespace bench
