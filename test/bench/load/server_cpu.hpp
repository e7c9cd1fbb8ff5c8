#pragma once

#include <sys/types.h>

#include <cstdint>

namespace bench {

/// Reads the CPU time, user and system, that another process has used since it started.
///
/// The scheduler's own account, /proc/PID/task/*/schedstat, is in nanoseconds; a running thread is
/// behind by up to a tick, so read it when the process has gone to sleep. Where the kernel does not
/// offer it, /proc/PID/stat serves, in clock ticks of 10 ms.
class ServerCpu {
 public:
  /// Throws std::runtime_error when there is no such process.
  explicit ServerCpu(pid_t pid);

  /// The sum over all threads alive.
  std::uint64_t nanoseconds() const;

  /// Where the figures come from: "schedstat" or "stat".
  const char* source() const { return precise_ ? "schedstat" : "stat"; }

 private:
  const pid_t pid_;
  const bool precise_;
};

}  // namespace bench
