#include <sys/syscall.h>

#include <plait/net/detail/pidfd.hpp>

namespace plait::detail {

UniqueDescriptor openPidfd([[maybe_unused]] pid_t child) {
#ifdef SYS_pidfd_open
  return UniqueDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));  // close on exec
#else
  return UniqueDescriptor();
#endif
}

}  // namespace plait::detail
