#pragma once

#include <plait/deferred/deferred_list.hpp>

namespace plait {

/// The value of the first Deferred that succeeded, and which one that is.
template <class T>
struct FirstCallback {
  T value;
  std::size_t index;
};
template <>
struct FirstCallback<void> {
  std::size_t index;
};

namespace detail {

template <class T>
class FirstCallbackHead final : public GatheringHead<FirstCallback<T>> {
 public:
  FirstCallbackHead(std::size_t count, DeferredListOptions options, bool cancelLosers,
                    std::source_location where)
      : GatheringHead<FirstCallback<T>>(count, options.consumeErrors, where),
        fireOnOneErrback_(options.fireOnOneErrback),
        cancelLosers_(cancelLosers) {}

  void start(const std::vector<Deferred<T>>& sources) {
    for (const Deferred<T>& source : sources) this->waitFor(source);
    if (decided_ && cancelLosers_) this->cancelSources();
  }

 private:
  bool succeeded(std::size_t index, [[maybe_unused]] Chain& source) override {
    if constexpr (std::is_void_v<T>) {
      return !decided_ && win(FirstCallback<void>{index});
    } else if (!decided_) {
      return win(FirstCallback<T>{this->template valueOf<T>(source), index});
    } else {
      this->template ignoreValueOf<T>(source);
      return false;
    }
  }
  bool win(FirstCallback<T> first) {
    decided_ = true;
    if (cancelLosers_) this->cancelSources();
    return this->give([&] { return std::move(first); });
  }
  bool failed(std::size_t index, const Failure& failure) override {
    if (decided_) return false;
    if (fireOnOneErrback_) {
      decided_ = true;
      return this->giveFailure(FirstError(failure, index));
    }
    failures_.resize(this->count());
    failures_[index].emplace(failure);
    if (++failed_ < this->count()) return false;
    decided_ = true;
    std::vector<Failure> failures;
    for (const auto& each : failures_) failures.push_back(*each);
    return this->giveFailure(FailureGroup(std::move(failures)));
  }

  bool fireOnOneErrback_;
  bool cancelLosers_;
  bool decided_ = false;
  std::size_t failed_ = 0;
  std::vector<std::optional<Failure>> failures_;  // empty while there are none
};

}  // namespace detail

/// Gives the value of the first of several Deferreds to succeed, and its index. When all fail, it
/// fails with a FailureGroup. Of none there is no first: an empty list never fires.
///
/// The others go on; `race` cancels them. In all else this is a DeferredList. Twisted:
/// `DeferredList(..., fireOnOneCallback=True)`, which gives the list of results when all fail.
template <class T>
Deferred<FirstCallback<T>> fireOnOneCallback(
    std::vector<Deferred<T>> deferreds, DeferredListOptions options = {},
    std::source_location where = std::source_location::current()) {
  return detail::gather<detail::FirstCallbackHead<T>>(deferreds, options, false, where);
}

}  // namespace plait
