#pragma once

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace plait::testing {

/// What is allocated while it lives may stay: for tests of what users had better not do.
struct LeaksAllowed {
#if defined(__SANITIZE_ADDRESS__)
  LeaksAllowed() {
    __lsan_disable();
  }
  ~LeaksAllowed() {
    __lsan_enable();
  }
#else
  LeaksAllowed() {}
#endif
  LeaksAllowed(const LeaksAllowed&) = delete;
};

}  // namespace plait::testing
