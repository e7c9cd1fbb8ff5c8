#pragma once

#include <plait/deferred/deferred.hpp>
#include <plait/deferred/head.hpp>

/// Deferred as a coroutine's return type, and in `co_await`. Twisted: `inlineCallbacks`.
namespace plait::detail {

template <class T>
class CoroutineHead;

/// What all coroutines that return a Deferred have in their frame.
class CoroutinePromiseBase {
 public:
  std::suspend_never initial_suspend() const noexcept { return {}; }

  /// Only Deferreds can be awaited: `completed` must not outlive the call that resumes.
  template <class T>
  const Deferred<T>& await_transform(const Deferred<T>& deferred) const noexcept {
    return deferred;
  }
  template <class T>
  Deferred<T>&& await_transform(Deferred<T>&& deferred) const noexcept {
    return std::move(deferred);
  }

  /// What the coroutine awaits; null while it runs.
  Chain* awaited = nullptr;
  /// Cancelled while it ran: what it awaits next is cancelled.
  bool cancelled = false;
  /// Where whoever resumes it wants the chain whose links are now to run; null: it runs them.
  Chain** completed = nullptr;
};

/// The `co_await` of a Deferred: the last link of its chain, which lives in the coroutine's frame.
template <class T>
class Awaiter final : private Link {
 public:
  /// The coroutine keeps its handle: only that keeps the chain.
  explicit Awaiter(const Deferred<T>& deferred) : chain_(&deferred.chain()) { check(); }
  /// A temporary: while it waits, only the producer keeps the chain. When that lets go of it
  /// without a result, the coroutine is destroyed.
  explicit Awaiter(Deferred<T>&& deferred) : keep_(std::move(deferred.ref())), chain_(keep_.get()) {
    check();
  }
  Awaiter(const Awaiter&) = delete;

  bool await_ready() const noexcept {
    if (!chain_->idle()) return false;
    chain_->becomeVoid();
    return true;
  }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> coroutine) {
    coroutine_ = coroutine;
    CoroutinePromiseBase* promise = nullptr;
    if constexpr (std::is_base_of_v<CoroutinePromiseBase, Promise>) {
      promise_ = promise = &coroutine.promise();
      promise->awaited = chain_;
      promise->completed = nullptr;
    }
    // From here on the frame, and this in it, may be gone at any moment.
    ChainRef<Chain> chain = keep_.get() ? std::move(keep_) : ChainRef<Chain>(chain_);
    const bool cancel = promise && std::exchange(promise->cancelled, false);
    chain->add(*this, &typeTag<void>);
    if (cancel) chain->cancel();
  }

  T await_resume() {
    if (promise_) promise_->awaited = nullptr;
    if (chain_->failed()) {
      const Failure failure = chain_->takeFailure();
      keep_ = {};
      failure.raiseException();
    }
    const Chain::TakenValue taken(*chain_);
    if constexpr (!std::is_void_v<T>) return std::move(*static_cast<T*>(taken.get()));
  }

 private:
  void check() const { chain_->expect(&typeTag<T>); }

  Chain* run(Chain&) override {
    Chain* completed = nullptr;
    if (promise_) promise_->completed = &completed;
    coroutine_.resume();
    return completed;
  }
  void drop() noexcept override { coroutine_.destroy(); }
  void clear() noexcept override {}

  ChainRef<Chain> keep_;
  Chain* chain_;
  std::coroutine_handle<> coroutine_;
  CoroutinePromiseBase* promise_ = nullptr;
};

/// The head of a coroutine's Deferred: cancelling it cancels what the coroutine awaits.
template <class T>
class CoroutineHead final : public Head<T> {
 public:
  CoroutineHead(CoroutinePromiseBase& promise, std::source_location where)
      : Head<T>(where, nullptr), promise_(&promise) {}
  void coroutineEnds() noexcept { promise_ = nullptr; }

 private:
  bool isCoroutine() const noexcept override { return true; }
  Chain::Cancelling cancelProducer() override {
    if (promise_) promise_->cancelled = true;
    return Chain::Cancelling::follows;
  }
  Chain* producerAwaits() const noexcept override { return promise_ ? promise_->awaited : nullptr; }

  CoroutinePromiseBase* promise_;
};

template <class T>
class CoroutinePromiseResult : public CoroutinePromiseBase {
 public:
  template <class U = T>
  requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) { head_->giveValue(std::forward<U>(value)); }
  void return_value(Failure failure) { head_->setFailure(std::move(failure)); }

 protected:
  ChainRef<CoroutineHead<T>> head_;
};
template <>
class CoroutinePromiseResult<void> : public CoroutinePromiseBase {
 public:
  void return_void();

 protected:
  ChainRef<CoroutineHead<void>> head_;
};

template <class T>
class CoroutinePromise : public CoroutinePromiseResult<T> {
 public:
  Deferred<T> get_return_object(std::source_location where = std::source_location::current()) {
    this->head_ = ChainRef(new CoroutineHead<T>(*this, where));
    return Deferred<T>(ChainRef<Chain>(this->head_.get()));
  }
  ~CoroutinePromise() {
    if (this->head_.get()) this->head_->coroutineEnds();
  }

  void unhandled_exception() { this->head_->setFailure(Failure()); }

  /// Destroys the frame, then lets the result run its course.
  struct Final {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<CoroutinePromise> coroutine) const noexcept {
      CoroutinePromise& promise = coroutine.promise();
      Chain** const completed = promise.completed;
      ChainRef<CoroutineHead<T>> head = std::move(promise.head_);
      head->coroutineEnds();
      coroutine.destroy();
      head->beginResult();
      if (completed) {
        *completed = head.leak();
      } else {
        head->run();
      }
    }
    void await_resume() const noexcept {}
  };
  Final final_suspend() const noexcept { return {}; }
};

inline void CoroutinePromiseResult<void>::return_void() {
  head_->giveValue();
}

}  // namespace plait::detail
