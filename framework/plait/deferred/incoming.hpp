#pragma once

#include <optional>
#include <plait/core/producer.hpp>
#include <plait/deferred/deferred.hpp>
#include <stdexcept>

namespace plait {

/// Things that arrive one after the other, for a coroutine to take one by one. Nothing is queued:
/// the source is paused while nobody waits.
///
/// Between a protocol that calls `deliver` and `end`, and a coroutine that calls `next`. `Dialogue`
/// is built on it.
template <class T>
class Incoming {
 public:
  /// `source` is paused and resumed; it outlives this.
  explicit Incoming(PushProducer& source) : source_(source) {}
  Incoming(const Incoming&) = delete;
  /// Who still waits is told CancelledError.
  ~Incoming() { end(Failure(CancelledError())); }

  /// Fires with the next one; fails with the reason when there will be none. One waits at a time, a
  /// second is std::logic_error. Cancelled, it takes nothing.
  Deferred<T> next(std::source_location where = std::source_location::current()) {
    if (waiter_) throw std::logic_error("next: somebody waits for the next one already");
    if (ended_) return fail<T>(*ended_, where);
    waiter_.emplace(
        [this](Deferred<T>&) {
          waiter_.reset();
          pauseIfUnwanted();
        },
        where);
    Deferred<T> result = *waiter_;
    source_.resumeProducing();
    return result;
  }

  /// One has come. Call it only while `wanted()`, or from inside a `deliver`, never twice in a row.
  void deliver(T one) {
    std::exchange(waiter_, std::nullopt)->callback(std::move(one));
    pauseIfUnwanted();
  }
  /// No more will come.
  void end(Failure reason) {
    if (ended_) return;
    ended_ = std::move(reason);
    if (waiter_) std::exchange(waiter_, std::nullopt)->errback(*ended_);
  }

  /// True when `deferred` waits for the next one.
  template <class U>
  bool awaitedBy(const Deferred<U>& deferred) const {
    return waiter_ && deferred.chain().waitsFor(waiter_->chain());
  }
  /// True while somebody waits for the next one.
  bool wanted() const { return waiter_.has_value(); }
  /// Holds the source back if nobody waits.
  void pauseIfUnwanted() {
    if (!wanted() && !ended_) source_.pauseProducing();
  }

 private:
  PushProducer& source_;
  std::optional<Deferred<T>> waiter_;
  std::optional<Failure> ended_;
};

}  // namespace plait
