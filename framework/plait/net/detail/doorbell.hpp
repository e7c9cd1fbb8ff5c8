#pragma once

#include <plait/core/unique_function.hpp>
#include <plait/net/detail/poller.hpp>

namespace plait::detail {

/// Wakes a loop from another thread: an eventfd in its Poller's set.
class Doorbell final : private Watched {
 public:
  /// `answer` runs on the loop, once or more for what has been rung before. Throws
  /// std::system_error.
  Doorbell(Poller& poller, UniqueFunction<void()> answer);

  /// Thread: any.
  void ring();

 private:
  void ready(std::uint32_t) override { answer_(); }

  UniqueDescriptor event_;
  UniqueFunction<void()> answer_;
};

}  // namespace plait::detail
