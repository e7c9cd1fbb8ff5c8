#pragma once

#include <fmt/core.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace plait::stress {

/// What a round has found wrong, and what it has done. Thread: any.
class Verdict {
 public:
  /// Notes `what` unless `right`.
  template <class... Args>
  void expect(bool right, fmt::format_string<Args...> what, Args&&... args) {
    if (right) return;
    const std::lock_guard lock(mutex_);
    if (wrong_.size() < 20) wrong_.push_back(fmt::format(what, std::forward<Args>(args)...));
  }
  bool good() const {
    const std::lock_guard lock(mutex_);
    return wrong_.empty();
  }
  std::vector<std::string> wrong() const {
    const std::lock_guard lock(mutex_);
    return wrong_;
  }

  std::atomic<std::uint64_t> connections = 0;
  std::atomic<std::uint64_t> callbacks = 0;
  std::atomic<std::uint64_t> bytes = 0;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> wrong_;
};

}  // namespace plait::stress
