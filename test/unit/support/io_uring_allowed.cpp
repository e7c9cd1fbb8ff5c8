#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace {

/// Part of the test programs of a build on io_uring: where the kernel refuses that (an old one, a
/// container's seccomp filter, sysctl kernel.io_uring_disabled), no test can tell anything.
class IoUringAllowed : public ::testing::Environment {
  void SetUp() override {
    // Asks for a ring of no entries: EINVAL from a kernel that would make a real one.
    syscall(SYS_io_uring_setup, 0, nullptr);
    if (errno == ENOSYS || errno == EPERM || errno == EACCES) {
      // The words by which CTest knows.
      GTEST_SKIP() << "[  SKIPPED ] there is no io_uring: " << std::strerror(errno);
    }
  }
};

const auto* const added = ::testing::AddGlobalTestEnvironment(new IoUringAllowed);

}  // namespace
