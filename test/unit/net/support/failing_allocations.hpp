#pragma once

#include <cstddef>

namespace plait::testing {

/// While it lives, the `nth` (from 1) of this thread's allocations fails with std::bad_alloc.
class FailingAllocation {
 public:
  explicit FailingAllocation(std::size_t nth);
  FailingAllocation(const FailingAllocation&) = delete;
  ~FailingAllocation();

  /// True once it has failed.
  bool happened() const;
};

/// Counts an allocation that is made by other means than `new`; true when it is the one to fail.
bool failsNow();

}  // namespace plait::testing
