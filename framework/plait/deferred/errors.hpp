#pragma once

#include <plait/core/errors.hpp>
#include <plait/core/failure.hpp>
#include <vector>

/// The errors of room deferred, as `twisted.internet.defer` has them. A timeout is the
/// `TimeoutError` of room core.
namespace plait {

/// A Deferred was given a second result.
struct AlreadyCalledError : Error {
  using Error::Error;
};

/// The result was cancelled by somebody who no longer wants it.
struct CancelledError : Error {
  CancelledError() : Error("The Deferred was cancelled.") {}
  using Error::Error;
};

/// The first failure of several Deferreds, and which of them it was.
struct FirstError : Error {
  FirstError(Failure failure, std::size_t index);
  Failure subFailure;
  std::size_t index;
};

/// All of several Deferreds failed: why, in their order.
struct FailureGroup : Error {
  explicit FailureGroup(std::vector<Failure> failures);
  std::vector<Failure> failures;
};

/// True for CancelledError, and for the FirstError or FailureGroup of gathered Deferreds that
/// failed with it: so do those that were gathered when the whole is cancelled.
bool wasCancelled(const Failure& failure);

/// More was put into a DeferredQueue than it holds.
struct QueueOverflow : Error {
  QueueOverflow() : Error("the DeferredQueue is full") {}
};

/// More wait for a DeferredQueue's values than it allows.
struct QueueUnderflow : Error {
  QueueUnderflow() : Error("as many wait for the DeferredQueue as may") {}
};

}  // namespace plait
