#include "support/without_pidfd.hpp"

#include <sys/syscall.h>

#include <plait/net/detail/pidfd.hpp>

namespace plait::testing {

static bool without = false;

WithoutPidfd::WithoutPidfd() {
  without = true;
}

WithoutPidfd::~WithoutPidfd() {
  without = false;
}

}  // namespace plait::testing

/// Takes the place of the library's.
plait::detail::UniqueDescriptor plait::detail::openPidfd(pid_t child) {
  if (plait::testing::without) return UniqueDescriptor();
  return UniqueDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
}
