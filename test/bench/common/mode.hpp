#pragma once

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace bench {

/// What a server is asked to do, and so what one request is on the wire.
enum class Mode {
  echo,       ///< bytes without frames come back
  line,       ///< so does each `text CRLF`
  netstring,  ///< and each `LEN:DATA,`
  udp,        ///< and each UDP datagram
  fanout,     ///< each `text CRLF` goes to every client that is connected
  tls,        ///< echo over TLS
};

/// A mode that there is not, or that this server does not have.
struct UnknownMode : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws UnknownMode for a name that is none of these.
inline Mode parseMode(std::string_view name) {
  if (name == "echo") return Mode::echo;
  if (name == "line") return Mode::line;
  if (name == "netstring") return Mode::netstring;
  if (name == "udp") return Mode::udp;
  if (name == "fanout") return Mode::fanout;
  if (name == "tls") return Mode::tls;
  throw UnknownMode("unknown mode '" + std::string(name) +
                    "', expected echo, line, netstring, udp, fanout or tls");
}

/// What main of `program` returns for `error`, which this prints: 3 for a mode that it does not
/// have, so that `run` leaves the cell empty; 1 for all else.
inline int exitStatus(const char* program, const std::exception& error) {
  std::fprintf(stderr, "%s: %s\n", program, error.what());
  return dynamic_cast<const UnknownMode*>(&error) != nullptr ? 3 : 1;
}

}  // namespace bench
