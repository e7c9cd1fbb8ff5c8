#pragma once

#include <deque>
#include <optional>
#include <plait/deferred/waiting_list.hpp>

namespace plait {

struct DeferredQueueOptions {
  /// The most values it holds; none: no limit. With 0 it gives values only to those who wait.
  std::optional<std::size_t> size = std::nullopt;
  /// The most who may wait; none: no limit.
  std::optional<std::size_t> backlog = std::nullopt;
};

/// Values on their way from those who put to those who get, in order. Twisted: `DeferredQueue`.
///
///     plait::DeferredQueue<Job> jobs({.size = 100});
///
///     plait::Deferred<void> worker() {
///       for (;;) co_await perform(co_await jobs.get());
///     }
///
/// When it is destroyed, those who wait fail with CancelledError. Thread: that of the reactor it is
/// used with.
template <class T>
class DeferredQueue {
  static_assert(!std::is_void_v<T>, "a DeferredQueue has values; DeferredSemaphore counts");

 public:
  explicit DeferredQueue(DeferredQueueOptions options = {}) : options_(options) {}
  DeferredQueue(const DeferredQueue&) = delete;
  DeferredQueue& operator=(const DeferredQueue&) = delete;

  /// Gives the value to the first who waits, or keeps it. QueueOverflow, without having touched
  /// the value, when the queue is full.
  template <class U = T>
  requires std::is_constructible_v<T, U&&>
  void put(U&& value) {
    if (!waiting_.empty()) {
      waiting_.fire(std::forward<U>(value));
    } else if (!options_.size || pending_.size() < *options_.size) {
      pending_.emplace_back(std::forward<U>(value));
    } else {
      throw QueueOverflow();
    }
  }

  /// The next value. QueueUnderflow when there is none and as many wait as may. `cancel` gives up
  /// waiting; the value goes to the next.
  Deferred<T> get(std::source_location where = std::source_location::current()) {
    if (!pending_.empty()) {
      Deferred<T> next = succeed(std::move(pending_.front()), where);
      pending_.pop_front();
      return next;
    }
    if (options_.backlog && waiting_.size() >= *options_.backlog) throw QueueUnderflow();
    return waiting_.add(where);
  }

  /// How many values it holds.
  std::size_t pending() const noexcept { return pending_.size(); }
  /// How many wait for one.
  std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  DeferredQueueOptions options_;
  std::deque<T> pending_;
  detail::WaitingList<T> waiting_;
};

}  // namespace plait
