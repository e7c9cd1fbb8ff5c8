#pragma once

#include <memory>
#include <plait/deferred/chain.hpp>
#include <plait/deferred/links.hpp>

/// Where a Deferred's first value is put.
namespace plait::detail {

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
      : Head<T>(where), canceller_(std::move(canceller)) {
    this->hasCanceller_ = true;
  }

 private:
  Chain::Cancelling cancelProducer() override {
    if (!canceller_) return Chain::Cancelling::follows;  // it is the canceller who cancels
    Deferred<T> self{ChainRef<Chain>(this)};
    Canceller canceller = std::move(*canceller_);
    canceller_.reset();
    try {
      canceller(self);
    } catch (...) {
      if (!self.called()) self.errback();
    }
    return Chain::Cancelling::asked;
  }
  void dropCanceller() noexcept override { canceller_.reset(); }

  std::optional<Canceller> canceller_;
};

}  // namespace plait::detail
