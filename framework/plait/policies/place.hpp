#pragma once

#include <plait/core/unique_function.hpp>
#include <utility>

namespace plait {

/// Room that something takes up under a limit, given back when this goes: exactly once, on whatever
/// thread that is.
class Place {
 public:
  explicit Place(UniqueFunction<void()> giveBack) : giveBack_(std::move(giveBack)) {}
  Place(Place&& other) noexcept : giveBack_(std::exchange(other.giveBack_, nullptr)) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(giveBack_, other.giveBack_);
    return *this;
  }
  ~Place() { giveBack(); }

  /// Now, not later.
  void giveBack() {
    if (auto call = std::exchange(giveBack_, nullptr)) call();
  }

 private:
  UniqueFunction<void()> giveBack_;
};

}  // namespace plait
