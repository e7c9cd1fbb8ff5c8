#pragma once

#include <cstddef>
#include <plait/deferred/deferred.hpp>

namespace plait::detail {

/// The Deferreds of those who wait for something, first come, first served. It keeps them; one that
/// is cancelled leaves it.
template <class R>
class WaitingList {
 public:
  WaitingList() = default;
  WaitingList(const WaitingList&) = delete;
  WaitingList& operator=(const WaitingList&) = delete;
  ~WaitingList() { close(); }

  bool empty() const noexcept { return !first_; }
  std::size_t size() const noexcept { return size_; }
  bool closed() const noexcept { return closed_; }

  /// One more, at the end. When closed, it is cancelled already.
  Deferred<R> add(std::source_location where) {
    if (closed_) return fail<R>(CancelledError(), where);
    ChainRef<Waiter> waiter(new Waiter(*this, where));
    waiter->previous_ = last_;
    (last_ ? last_->next_ : first_) = waiter.get();
    last_ = waiter.get();
    ++size_;
    return Deferred<R>(ChainRef<Chain>(waiter.leak()));
  }

  /// Gives the first its value. Runs its functions, which may destroy this.
  template <class V>
  void fire(V&& value) {
    first_->giveValue(std::forward<V>(value));
    const ChainRef<Waiter> waiter = remove(*first_);
    waiter->beginResult();
    waiter->run();
  }

  /// Nobody waits any more: all are cancelled.
  void close() {
    closed_ = true;
    while (first_) {
      const ChainRef<Waiter> waiter = remove(*first_);
      waiter->beginResult();
      waiter->setFailure(CancelledError());
      waiter->run();
    }
  }

 private:
  class Waiter final : public Head<R> {
   public:
    Waiter(WaitingList& list, std::source_location where) : Head<R>(where, nullptr), list_(list) {}

   private:
    friend class WaitingList;

    Chain::Cancelling cancelProducer() override {
      list_.remove(*this);
      return Chain::Cancelling::asked;
    }

    WaitingList& list_;  // there as long as this has no result
    Waiter* previous_ = nullptr;
    Waiter* next_ = nullptr;
  };

  /// Returns what the list kept it by.
  ChainRef<Waiter> remove(Waiter& waiter) noexcept {
    (waiter.previous_ ? waiter.previous_->next_ : first_) = waiter.next_;
    (waiter.next_ ? waiter.next_->previous_ : last_) = waiter.previous_;
    --size_;
    ChainRef<Waiter> removed(&waiter);
    waiter.release();
    return removed;
  }

  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
  std::size_t size_ = 0;
  bool closed_ = false;
};

}  // namespace plait::detail
