#pragma once

#include <plait/deferred/held.hpp>
#include <plait/deferred/waiting_list.hpp>

namespace plait::detail {

/// A number of tokens, and those who wait for one. What DeferredLock and DeferredSemaphore are
/// made of; counted, because Helds keep it.
///
/// Whoever waits is given a token when all functions of the one before have run: giving back in
/// them is not recursion.
class TokenPool {
 public:
  /// None is std::invalid_argument.
  explicit TokenPool(std::size_t tokens);
  TokenPool(const TokenPool&) = delete;
  TokenPool& operator=(const TokenPool&) = delete;

  void retain() noexcept { ++references_; }
  void release() noexcept {
    if (--references_ == 0) delete this;
  }

  /// Tokens that the next to come could have.
  std::size_t available() const noexcept {
    return free_ > waiting_.size() ? free_ - waiting_.size() : 0;
  }
  std::size_t limit() const noexcept { return limit_; }

  Deferred<void> acquire(std::source_location where);
  Deferred<Held> hold(std::source_location where);
  /// False when there is none to give back. Runs the functions of those who wait, which may destroy
  /// the owner of this.
  bool giveBack() noexcept;
  /// Cancels those who wait. Nobody is given a token from now on.
  void close() { waiting_.close(); }

 private:
  ~TokenPool() = default;
  bool takeNow() noexcept;

  std::size_t references_ = 0;
  std::size_t limit_;
  std::size_t free_;  // some of them are promised to those who wait, while `serving_`
  bool serving_ = false;
  WaitingList<Held> waiting_;
};

}  // namespace plait::detail
