#pragma once

namespace plait::testing {

/// While it lives, the system's accept fails with `error` for the whole test program.
class FailingAccept {
 public:
  /// `times`: how often; then it works again. -1 = always.
  explicit FailingAccept(int error, int times = -1);
  FailingAccept(const FailingAccept&) = delete;
  ~FailingAccept();

  /// How often it has failed.
  int attempts() const;
};

}  // namespace plait::testing
