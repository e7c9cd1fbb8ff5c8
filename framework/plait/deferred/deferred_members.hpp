#pragma once

#include <plait/deferred/deferred.hpp>

/// What the members of Deferred do.
namespace plait {

namespace detail {

/// The message of addTimeout's TimeoutError.
Failure timedOut(Duration timeout);

/// The producer's end of a chain, with room for the first value.
template <class T>
class Head : public Chain, private Cell {
 public:
  explicit Head(std::source_location where, TypeTag headType = &typeTag<T>) noexcept
      : Chain(&typeTag<T>, headType, where) {}

  template <class... Args>
  void giveValue(Args&&... args) {
    if constexpr (std::is_void_v<T>) {
      setValue(nullptr, nullptr);
    } else {
      ::new (static_cast<void*>(&room_.value)) T(std::forward<Args>(args)...);
      setValue(&room_.value, this);
    }
  }

 private:
  void clear() noexcept override {
    if constexpr (!std::is_void_v<T>) std::destroy_at(&room_.value);
    if (std::exchange(lent_, false)) release();
  }
  void lend() noexcept override {
    if (!std::exchange(lent_, true)) retain();
  }

  Room<T> room_;
  bool lent_ = false;
};

template <class T, class Canceller>
class CancellableHead final : public Head<T> {
 public:
  CancellableHead(Canceller canceller, std::source_location where)
      : Head<T>(where), canceller_(std::move(canceller)) {}

 private:
  Chain::Cancelling cancelProducer() override {
    Deferred<T> self{ChainRef<Chain>(this)};
    try {
      canceller_(self);
    } catch (...) {
      if (!self.called()) self.errback();
    }
    return Chain::Cancelling::asked;
  }
  Canceller canceller_;
};

}  // namespace detail

template <class T>
Deferred<T>::Deferred(std::source_location where)
    : chain_(static_cast<detail::Chain*>(new detail::Head<T>(where))) {}

template <class T>
template <class Canceller>
requires std::is_invocable_v < Canceller&, Deferred<T>
& > Deferred<T>::Deferred(Canceller canceller, std::source_location where)
    : chain_(static_cast<detail::Chain*>(
          new detail::CancellableHead<T, Canceller>(std::move(canceller), where))) {}

template <class T>
detail::Head<T>& Deferred<T>::head() const {
  chain_->expectHead(&detail::typeTag<T>);
  return static_cast<detail::Head<T>&>(*chain_);
}

template <class T>
template <class U>
requires(!std::is_void_v<T> && std::is_constructible_v<T, U&&> &&
         !std::is_same_v<std::decay_t<U>, Failure> &&
         !std::is_same_v<std::decay_t<U>, Result<T>>) void Deferred<T>::callback(U&& value) {
  detail::Head<T>& head = this->head();
  if (!head.beginResult()) return;
  head.giveValue(std::forward<U>(value));
  head.run();
}

template <class T>
void Deferred<T>::callback() requires std::is_void_v<T> {
  detail::Head<T>& head = this->head();
  if (!head.beginResult()) return;
  head.giveValue();
  head.run();
}

template <class T>
void Deferred<T>::callback(Result<T> result) {
  if (!result.success()) {
    errback(result.failure());
  } else if constexpr (std::is_void_v<T>) {
    callback();
  } else {
    callback(std::move(result).value());
  }
}

template <class T>
void Deferred<T>::errback(Failure failure) {
  chain_->expectProducer();
  if (!chain_->beginResult()) return;
  chain_->setFailure(std::move(failure));
  chain_->run();
}

template <class T>
template <class F>
auto Deferred<T>::addCallback(F function) const {
  using U = detail::ResultType<detail::CallbackReturn<F, T>, T>;
  return addLink<detail::CallbackLink<T, U, F, detail::PassThrough>, U>(std::move(function),
                                                                        detail::PassThrough());
}

template <class T>
template <class F>
auto Deferred<T>::addErrback(F function) const {
  using R = detail::ReturnOf<F, const Failure&>;
  using U = std::conditional_t<std::is_void_v<R>, void, T>;
  return addLink<detail::CallbackLink<T, U, detail::PassThrough, F>, U>(detail::PassThrough(),
                                                                        std::move(function));
}

template <class T>
template <class F, class G>
auto Deferred<T>::addCallbacks(F onValue, G onFailure) const {
  using U = detail::ResultType<detail::CallbackReturn<F, T>, T>;
  return addLink<detail::CallbackLink<T, U, F, G>, U>(std::move(onValue), std::move(onFailure));
}

template <class T>
template <class F>
auto Deferred<T>::addBoth(F function) const {
  using U = detail::ResultType<detail::ReturnOf<F, Result<T>>, T>;
  return addLink<detail::BothLink<T, U, F>, U>(std::move(function));
}

template <class T>
void Deferred<T>::chainDeferred(Deferred<T> other) const {
  addBoth(
      [other = std::move(other)](Result<T> result) mutable { other.callback(std::move(result)); });
}

template <class T>
Deferred<T> Deferred<T>::addTimeout(Duration timeout, ReactorTime& clock) const {
  return addTimeout(timeout, clock, [](Result<T> result, Duration after) -> Result<T> {
    if (result.success() || !result.failure().template check<CancelledError>()) return result;
    return detail::timedOut(after);
  });
}

template <class T>
template <class F>
Deferred<T> Deferred<T>::addTimeout(Duration timeout, ReactorTime& clock, F onTimeoutCancel) const {
  DelayedCall timer = clock.callLater(timeout, [self = *this] { self.cancel(); });
  return addBoth([timer = std::move(timer), timeout, onTimeoutCancel = std::move(onTimeoutCancel)](
                     Result<T> result) mutable -> Result<T> {
    if (!timer.active()) return onTimeoutCancel(std::move(result), timeout);
    timer.cancel();
    return result;
  });
}

}  // namespace plait
