#pragma once

#include <plait/deferred/concurrency_primitive.hpp>

namespace plait {

/// For what only so many may do at a time. Twisted: `DeferredSemaphore`.
///
///     plait::DeferredSemaphore fourAtOnce(4);
///     for (const Url& url : urls) fourAtOnce.run(download, url);
///
/// Has `acquire`, `release`, `hold` and `run`; see ConcurrencyPrimitive. When it is destroyed,
/// those who wait fail with CancelledError. Thread: that of the reactor it is used with.
class DeferredSemaphore : public detail::ConcurrencyPrimitive {
 public:
  /// No tokens is std::invalid_argument.
  explicit DeferredSemaphore(std::size_t tokens) : ConcurrencyPrimitive(tokens) {}

  /// How many could acquire one now.
  std::size_t tokens() const noexcept { return pool().available(); }
  /// How many it was made with.
  std::size_t limit() const noexcept { return pool().limit(); }
};

}  // namespace plait
