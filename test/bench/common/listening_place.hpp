#pragma once

#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "common/mode.hpp"

namespace bench {

/// The command line of a server: MODE, and "unix" for a UNIX socket instead of TCP.
struct ServerOptions {
  Mode mode;
  bool unixSocket = false;
};

/// For servers of all modes but TLS. Throws std::runtime_error with the usage of `program`, and
/// UnknownMode.
inline ServerOptions parseServerOptions(std::string_view program, int argc, char** argv) {
  if (argc > 1 && parseMode(argv[1]) == Mode::tls) {
    throw UnknownMode("no mode tls in " + std::string(program));
  }
  const bool unixSocket = argc == 3 && argv[2] == std::string_view("unix");
  if (argc != 2 && !unixSocket) {
    throw std::runtime_error("usage: " + std::string(program) +
                             " echo|line|netstring|udp|fanout [unix]");
  }
  return {parseMode(argv[1]), unixSocket};
}

/// The command line of a server of mode tls.
struct TLSServerOptions {
  std::string certificateFile;  ///< PEM, as is the key
  std::string keyFile;
};

/// Throws as above.
inline TLSServerOptions parseTLSServerOptions(std::string_view program, int argc, char** argv) {
  if (argc < 2) throw std::runtime_error("usage: " + std::string(program) + " tls CERT KEY");
  if (parseMode(argv[1]) != Mode::tls) {
    throw UnknownMode("only mode tls in " + std::string(program));
  }
  if (argc != 4) throw std::runtime_error("usage: " + std::string(program) + " tls CERT KEY");
  return {argv[2], argv[3]};
}

/// Where this process listens when told "unix": a name without a file, which nobody has to remove.
/// It is printed with an @ for its first byte, which is null.
inline std::string unixName() {
  return std::string(1, '\0') + "plait-bench-" + std::to_string(getpid());
}

}  // namespace bench
