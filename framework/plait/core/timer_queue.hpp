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
/// A heap of four branches a node, with the deadlines in it, whose entries know their place:
/// adding, moving and cancelling cost O(log n), and a cancelled call leaves nothing behind. A call
/// that is moved to later, as a timeout is by every message, costs no more than writing that down:
/// its place in the heap is put right when it gets to the front there (bench: timerReset).
class TimerQueue {
 public:
  /// What it asks of the clock it serves.
  class Owner {
   public:
    virtual TimePoint now() const = 0;
    /// A call is due earlier than all others were, the earliest is gone, or the last.
    virtual void timersChanged() {}
    /// Debug builds: fails when called from another thread than the clock's.
    virtual void assertThread() const {}

   protected:
    ~Owner() = default;
  };

  explicit TimerQueue(Owner& owner);
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue();
  /// Forgets all calls; handles to them become cancelled ones.
  void clear();

  /// std::invalid_argument for an empty `call`.
  DelayedCall add(TimePoint when, UniqueFunction<void()> call);

  /// No call is due before this moment; nullopt when there is none. It is when the earliest is due,
  /// unless that was moved to later: then `take` at this moment finds out.
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
  /// Where an entry is in the heap: never behind where it should be. The sequence settles ties, and
  /// tells whether the entry has been moved since.
  struct Node {
    TimePoint when;
    std::uint64_t sequence;
    Entry* entry;

    bool before(const Node& other) const {
      return when != other.when ? when < other.when : sequence < other.sequence;
    }
  };

  void remove(Entry& entry);
  void move(Entry& entry, TimePoint when);
  static Node nodeOf(Entry& entry);
  void place(std::size_t at, const Node& node);
  void siftUp(std::size_t at, const Node& node);
  void siftDown(std::size_t at, const Node& node);

  Owner& owner_;
  std::vector<Node> heap_;
  std::uint64_t nextSequence_ = 0;
  detail::TimerEntries* entries_;
};

}  // namespace plait
