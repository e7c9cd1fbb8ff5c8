#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/mode.hpp"

namespace bench {

/// What the clients do.
enum class Kind {
  requests,  ///< connect once; then batches of messages, each connection waiting for its replies
  churn,     ///< connect, one message and its reply, close; again
  fanout,    ///< one client sends a line, all clients await it
  idle,      ///< connect, one message each, then nothing
};

/// The command line of bench_load.
struct Options {
  std::uint16_t port = 0;  ///< of the server on 127.0.0.1; or
  std::string unixName;    ///< of its UNIX socket, an abstract one, with an @ in front
  Kind kind = Kind::requests;
  Mode mode = Mode::echo;
  std::size_t connections = 1;
  std::size_t size = 64;       ///< payload bytes of one message, framing not counted
  std::size_t pipeline = 1;    ///< messages written at once; the next batch awaits all replies
  std::uint64_t requests = 0;  ///< measured messages in all, rounded up to whole batches; or
  double seconds = 0;          ///< measured time, after which no batch is begun
  std::uint64_t warmup = 0;    ///< messages before the measurement
  pid_t serverPid = 0;         ///< whose CPU time to read; 0 = nobody's
  bool systemCalls = false;    ///< count its system calls too
  double timeout = 60;         ///< seconds that the whole run may take
};

/// Throws std::runtime_error, its message naming the option at fault.
Options parseOptions(int argc, char** argv);

}  // namespace bench
