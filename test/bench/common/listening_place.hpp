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

/// Throws std::runtime_error with the usage of `program`.
inline ServerOptions parseServerOptions(std::string_view program, int argc, char** argv) {
  const bool unixSocket = argc == 3 && argv[2] == std::string_view("unix");
  if (argc != 2 && !unixSocket) {
    throw std::runtime_error("usage: " + std::string(program) + " echo|line|netstring|udp [unix]");
  }
  return {parseMode(argv[1]), unixSocket};
}

/// Where this process listens when told "unix": a name without a file, which nobody has to remove.
/// It is printed with an @ for its first byte, which is null.
inline std::string unixName() {
  return std::string(1, '\0') + "plait-bench-" + std::to_string(getpid());
}

}  // namespace bench
