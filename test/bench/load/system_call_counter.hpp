#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace bench {

/// Counts the system calls that another process makes, in all its threads, with a tracepoint of the
/// kernel: at next to no cost for that process. It takes the right to use perf events on it (root,
/// mostly) and tracefs.
class SystemCallCounter {
 public:
  /// Throws std::runtime_error when it is not possible here.
  explicit SystemCallCounter(pid_t pid);
  ~SystemCallCounter();
  SystemCallCounter(const SystemCallCounter&) = delete;
  SystemCallCounter& operator=(const SystemCallCounter&) = delete;

  /// Since construction.
  std::uint64_t count() const;

 private:
  std::vector<int> events_;  // one a thread; threads that it starts are counted with it
};

}  // namespace bench
