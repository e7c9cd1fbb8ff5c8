#pragma once

#include <utility>

namespace plait {

namespace detail {
class TokenPool;
}

/// Holds a DeferredLock, or a token of a DeferredSemaphore, until it is destroyed; gives it back
/// then. May outlive what it is of. Made by `hold()`. Twisted: `async with lock`.
class Held {
 public:
  /// Holds nothing.
  Held() noexcept = default;
  Held(Held&& other) noexcept : pool_(std::exchange(other.pool_, nullptr)) {}
  Held& operator=(Held&& other) noexcept;
  ~Held() { release(); }

  explicit operator bool() const noexcept { return pool_ != nullptr; }
  /// Gives it back early; the next who waits has it now. Nothing when this holds nothing, or when
  /// somebody else has given back what it held.
  void release() noexcept;

 private:
  friend class detail::TokenPool;
  explicit Held(detail::TokenPool& pool) noexcept;
  /// Holds nothing from now on, without giving it back.
  void keep() noexcept;

  detail::TokenPool* pool_ = nullptr;  // of whose references this owns one
};

}  // namespace plait
