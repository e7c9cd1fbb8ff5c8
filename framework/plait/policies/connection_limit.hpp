#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <plait/policies/place.hpp>

namespace plait {

/// So many connections at once and no more, of one factory or of several: they share the limit by
/// sharing this.
///
/// Thread: any; nothing waits for a lock.
class ConnectionLimit : public std::enable_shared_from_this<ConnectionLimit> {
 public:
  explicit ConnectionLimit(std::size_t most) : most_(most) {}

  /// A place for one more connection; nullopt when all are taken. Own this by std::shared_ptr: the
  /// places keep it.
  std::optional<Place> enter();
  /// How many are taken.
  std::size_t count() const { return count_; }
  std::size_t most() const { return most_; }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> count_ = 0;
};

}  // namespace plait
