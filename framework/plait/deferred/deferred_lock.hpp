#pragma once

#include <plait/deferred/concurrency_primitive.hpp>

namespace plait {

/// For what only one may do at a time. Twisted: `DeferredLock`.
///
///     plait::DeferredLock lock;
///     lock.run([this] { return rewriteTheFile(); });  // a Deferred: released when that has fired
///
///     plait::Deferred<void> Store::add(Entry entry) {
///       const plait::Held held = co_await lock.hold();
///       co_await rewriteTheFile();
///     }
///
/// Has `acquire`, `release`, `hold` and `run`; see ConcurrencyPrimitive. When it is destroyed,
/// those who wait fail with CancelledError. Thread: that of the reactor it is used with.
class DeferredLock : public detail::ConcurrencyPrimitive {
 public:
  DeferredLock() : ConcurrencyPrimitive(1) {}

  bool locked() const noexcept { return pool().available() == 0; }
};

}  // namespace plait
