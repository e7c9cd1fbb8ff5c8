#pragma once

namespace plait::testing {

/// While it lives, the system has no pidfds.
class WithoutPidfd {
 public:
  WithoutPidfd();
  WithoutPidfd(const WithoutPidfd&) = delete;
  ~WithoutPidfd();
};

}  // namespace plait::testing
