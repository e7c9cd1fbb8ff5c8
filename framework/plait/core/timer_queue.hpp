#pragma once

#include <cstdint>
#include <optional>
#include <plait/core/delayed_call.hpp>
#include <plait/core/unique_function.hpp>
#include <vector>

namespace plait {

/// The calls a clock has still to make, earliest first and first-come first-served among equals:
/// the one implementation behind `Reactor` and `Clock`.
///
/// A binary heap whose entries know their place, so that adding, moving and cancelling cost
/// O(log n) and a cancelled call leaves nothing behind.
class TimerQueue {
 public:
  /// What it asks of the clock it serves.
  class Owner {
   public:
    virtual TimePoint now() const = 0;
    /// The earliest call has changed.
    virtual void timersChanged() {}
    /// Debug builds: fails when called from another thread than the clock's.
    virtual void assertThread() const {}

   protected:
    ~Owner() = default;
  };

  explicit TimerQueue(Owner& owner) : owner_(owner) {}
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue() { clear(); }
  /// Forgets all calls; handles to them become cancelled ones.
  void clear();

  /// std::invalid_argument for an empty `call`.
  DelayedCall add(TimePoint when, UniqueFunction<void()> call);

  /// When the earliest call is due; nullopt when there is none.
  std::optional<TimePoint> next() const;
  std::size_t size() const { return heap_.size(); }

  /// A number such that calls added from now on have it or a higher one.
  std::uint64_t mark() const { return nextSequence_; }
  /// Takes out the earliest call if it is due at `now` and was added before `mark`; empty when
  /// there is none such. The caller runs it.
  UniqueFunction<void()> take(TimePoint now, std::uint64_t mark = UINT64_MAX);

 private:
  friend class DelayedCall;
  using Entry = detail::TimerEntry;

  void remove(Entry& entry);
  void move(Entry& entry, TimePoint when);
  void place(std::size_t at, Entry* entry);
  void siftUp(std::size_t at);
  void siftDown(std::size_t at);

  Owner& owner_;
  std::vector<Entry*> heap_;
  std::uint64_t nextSequence_ = 0;
};

}  // namespace plait
