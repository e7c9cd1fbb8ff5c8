#pragma once

#include <sys/resource.h>

namespace bench {

/// Lifts the soft limit of open files to the hard one: a thousand connections do not fit in the
/// customary 1024. Best effort; who runs out of descriptors later says so itself.
inline void raiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace bench
