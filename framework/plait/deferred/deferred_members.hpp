#pragma once

#include <plait/deferred/deferred.hpp>
#include <plait/deferred/head.hpp>

/// What the members of Deferred do.
namespace plait {

namespace detail {

/// The message of addTimeout's TimeoutError.
Failure timedOut(Duration timeout);

}  // namespace detail

template <class T>
Deferred<T>::Deferred(std::source_location where)
    : chain_(static_cast<detail::Chain*>(new detail::Head<T>(where))) {}

template <class T>
template <detail::CancellerOf<T> Canceller>
Deferred<T>::Deferred(Canceller canceller, std::source_location where)
    : chain_(static_cast<detail::Chain*>(
          new detail::CancellableHead<T, Canceller>(std::move(canceller), where))) {}

template <class T>
detail::Head<T>& Deferred<T>::head() const {
  chain_->expectHead(&detail::typeTag<T>);
  return static_cast<detail::Head<T>&>(*chain_);
}

template <class T>
template <class U>
requires(!std::is_void_v<T> && std::is_convertible_v<U&&, T> &&
         !detail::isWrapped<T, std::decay_t<U>> && !std::is_same_v<std::decay_t<U>, Failure> &&
         !std::is_same_v<std::decay_t<U>, Result<T>>) void Deferred<T>::callback(U&& value) {
  detail::Head<T>& head = this->head();
  if (!head.beginResult()) return;
  try {
    head.giveValue(std::forward<U>(value));
  } catch (...) {
    head.abandonResult();
    throw;
  }
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
template <class Link, class U, class... Functions>
Deferred<U> Deferred<T>::link(Chain chain, Functions&&... functions) {
  chain->expect(&detail::typeTag<T>);
  chain->add(*new Link(std::forward<Functions>(functions)...), &detail::typeTag<U>);
  return Deferred<U>(std::move(chain));
}

template <class T>
template <class F>
auto Deferred<T>::linkCallback(Chain chain, F function) {
  using U = detail::ResultType<detail::CallbackReturn<F, T>, T>;
  return link<detail::CallbackLink<T, U, F, detail::PassThrough>, U>(
      std::move(chain), std::move(function), detail::PassThrough());
}

template <class T>
template <class F>
auto Deferred<T>::linkErrback(Chain chain, F function) {
  using R = detail::ReturnOf<F, const Failure&>;
  using U = std::conditional_t<std::is_void_v<R>, void, T>;
  return link<detail::CallbackLink<T, U, detail::PassThrough, F>, U>(
      std::move(chain), detail::PassThrough(), std::move(function));
}

template <class T>
template <class F, class G>
auto Deferred<T>::linkCallbacks(Chain chain, F onValue, G onFailure) {
  using U = detail::ResultType<detail::CallbackReturn<F, T>, T>;
  return link<detail::CallbackLink<T, U, F, G>, U>(std::move(chain), std::move(onValue),
                                                   std::move(onFailure));
}

template <class T>
template <class F>
auto Deferred<T>::linkBoth(Chain chain, F function) {
  using U = detail::ResultType<detail::ReturnOf<F, Result<T>>, T>;
  return link<detail::BothLink<T, U, F>, U>(std::move(chain), std::move(function));
}

template <class T>
template <class F>
Deferred<T> Deferred<T>::linkTimeout(Chain chain, Duration timeout, ReactorTime& clock,
                                     F onTimeoutCancel) {
  chain->expect(&detail::typeTag<T>);
  DelayedCall timer = clock.callLater(timeout, [chain] { chain->cancel(); });
  return linkBoth(std::move(chain),
                  [timer = std::move(timer), timeout, onTimeoutCancel = std::move(onTimeoutCancel)](
                      Result<T> result) mutable -> Result<T> {
                    bool timedOut = false;
                    try {
                      timer.cancel();
                    } catch (const AlreadyCalled&) {
                      timedOut = true;
                    } catch (const AlreadyCancelled&) {  // with its clock
                    }
                    if (timedOut) return onTimeoutCancel(std::move(result), timeout);
                    return result;
                  });
}

template <class T>
void Deferred<T>::chainDeferred(Deferred<T> other) const {
  addBoth(
      [other = std::move(other)](Result<T> result) mutable { other.callback(std::move(result)); });
}

template <class T>
Result<T> detail::cancelledToTimedOut(Result<T> result, Duration timeout) {
  if (result.success() || !wasCancelled(result.failure())) return result;
  return timedOut(timeout);
}

}  // namespace plait
