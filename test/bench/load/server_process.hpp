#pragma once

#include <sys/types.h>
#include <time.h>

#include <cstddef>
#include <cstdint>

namespace bench {

/// What can be learned about the server from outside. Everything throws std::runtime_error when
/// there is no such process (any more).
class ServerProcess {
 public:
  explicit ServerProcess(pid_t pid);

  /// CPU time, user and system, of all threads that it has or had: the scheduler's own account.
  std::uint64_t cpuNanoseconds() const;

  /// Memory that belongs to no file: heap, stacks, changed data. What the kernel keeps for sockets
  /// is not in it.
  std::uint64_t anonymousBytes() const;

  /// How many descriptors it has open.
  std::size_t descriptors() const;

 private:
  const pid_t pid_;
  clockid_t clock_;
};

}  // namespace bench
