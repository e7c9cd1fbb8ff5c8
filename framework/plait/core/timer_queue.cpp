#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/core/timer_queue.hpp>
#include <stdexcept>
#include <utility>

namespace plait {

namespace {

/// Of a node of the heap: four lie in two lines of cache, and the heap is half as high as with two.
constexpr std::size_t kBranches = 4;

}  // namespace

namespace detail {

struct TimerEntry {
  enum class State : unsigned char { pending, called, cancelled };

  // What moving it touches comes first, and together.
  State state = State::pending;
  unsigned references = 0;
  TimePoint when;
  TimePoint placedFor;  // what its node in the heap has, `when` or earlier
  std::uint64_t sequence = 0;
  TimerQueue* queue = nullptr;
  std::size_t place = 0;  // in the heap
  TimerEntries* memory = nullptr;
  TimerEntry* nextSpare = nullptr;
  UniqueFunction<void()> call;
};

/// The memory of a queue's entries, used again and again: arming a timer allocates nothing where as
/// many were pending before. It lives until the queue and the last handle are gone.
class TimerEntries {
 public:
  TimerEntry* get() {
    TimerEntry* entry = spare_;
    if (entry) {
      spare_ = entry->nextSpare;
      --spareCount_;
    } else {
      entry = new TimerEntry;
      entry->memory = this;
    }
    ++users_;
    return entry;
  }
  void put(TimerEntry* entry) noexcept {
    if (spareCount_ == mostSpare_) {
      delete entry;
    } else {
      entry->nextSpare = std::exchange(spare_, entry);
      ++spareCount_;
    }
    leave();
  }
  /// The queue has gone.
  void close() noexcept {
    mostSpare_ = 0;
    while (spare_) delete std::exchange(spare_, spare_->nextSpare);
    spareCount_ = 0;
    leave();
  }

 private:
  void leave() noexcept {
    if (--users_ == 0) delete this;
  }

  TimerEntry* spare_ = nullptr;
  std::size_t spareCount_ = 0;
  std::size_t mostSpare_ = 4096;  // half a megabyte
  std::size_t users_ = 1;         // the queue
};

TimerRef::TimerRef(TimerEntry* entry) noexcept : entry_(entry) {
  if (entry_) ++entry_->references;
}

void TimerRef::release(TimerEntry* entry) noexcept {
  if (--entry->references == 0) entry->memory->put(entry);
}

}  // namespace detail

using detail::TimerEntry;
using detail::TimerRef;

// --- The handle ------------------------------------------------------------------------

TimerEntry& DelayedCall::pending() const {
  TimerEntry* entry = entry_.get();
#ifndef NDEBUG
  if (entry && entry->state == TimerEntry::State::pending) entry->queue->owner_.assertThread();
#endif
  if (!entry || entry->state == TimerEntry::State::cancelled) throw AlreadyCancelled();
  if (entry->state == TimerEntry::State::called) throw AlreadyCalled();
  return *entry;
}

void DelayedCall::cancel() {
  TimerEntry& entry = pending();
  const TimerRef keep(&entry);
  entry.state = TimerEntry::State::cancelled;
  entry.queue->remove(entry);
  entry.call = nullptr;  // what it captured goes now, not with the last handle
}

void DelayedCall::cancelIfActive() {
  if (active()) cancel();
}

void DelayedCall::reset(Duration delay) {
  TimerEntry& entry = pending();
  entry.queue->move(entry, later(entry.queue->owner_.now(), delay));
}

void DelayedCall::delay(Duration extra) {
  TimerEntry& entry = pending();
  entry.queue->move(entry, later(entry.when, extra));
}

bool DelayedCall::active() const noexcept {
  return entry_.get() && entry_.get()->state == TimerEntry::State::pending;
}

TimePoint DelayedCall::getTime() const {
  return entry_.get() ? entry_.get()->when : TimePoint{};
}

// --- The queue -------------------------------------------------------------------------

TimerQueue::TimerQueue(Owner& owner) : owner_(owner), entries_(new detail::TimerEntries) {}

TimerQueue::~TimerQueue() {
  clear();
  entries_->close();
}

void TimerQueue::clear() {
  const auto dropped = std::exchange(heap_, {});
  for (const auto& item : dropped) item.entry->state = Entry::State::cancelled;
  for (const auto& item : dropped) {
    const TimerRef entry(item.entry);
    --entry.get()->references;  // the queue's own
    entry.get()->call = nullptr;
  }
}

DelayedCall TimerQueue::add(TimePoint when, UniqueFunction<void()> call) {
  if (!call) throw std::invalid_argument("a delayed call needs something to call");
  TimerRef handle(entries_->get());
  heap_.emplace_back();
  Entry& entry = *handle.get();
  entry.state = Entry::State::pending;
  ++entry.references;  // the queue's own
  entry.queue = this;
  entry.when = when;
  entry.sequence = nextSequence_++;
  entry.call = std::move(call);
  siftUp(heap_.size() - 1, nodeOf(entry));
  if (entry.place == 0) owner_.timersChanged();
  return DelayedCall(std::move(handle));
}

std::optional<TimePoint> TimerQueue::next() const {
  return heap_.empty() ? std::nullopt : std::optional(heap_.front().when);
}

UniqueFunction<void()> TimerQueue::take(TimePoint now, std::uint64_t mark) {
  while (!heap_.empty() && heap_.front().when <= now) {
    Entry& entry = *heap_.front().entry;
    if (entry.sequence != heap_.front().sequence) {  // it was moved to later
      siftDown(0, nodeOf(entry));
      continue;
    }
    if (entry.sequence >= mark) break;
    const TimerRef keep(&entry);
    entry.state = Entry::State::called;
    remove(entry);
    return std::move(entry.call);
  }
  return {};
}

void TimerQueue::remove(Entry& entry) {
  const std::size_t at = entry.place;
  const Node last = heap_.back();
  heap_.pop_back();
  if (at != heap_.size()) {
    siftDown(at, last);
    if (last.entry->place == at) siftUp(at, last);
  }
  --entry.references;  // callers hold one more
  if (at == 0) owner_.timersChanged();
}

void TimerQueue::move(Entry& entry, TimePoint when) {
  entry.when = when;
  entry.sequence = nextSequence_++;  // behind those already due at that moment
  if (when >= entry.placedFor) return;
  siftUp(entry.place, nodeOf(entry));
  if (entry.place == 0) owner_.timersChanged();
}

TimerQueue::Node TimerQueue::nodeOf(Entry& entry) {
  entry.placedFor = entry.when;
  return {entry.when, entry.sequence, &entry};
}

void TimerQueue::place(std::size_t at, const Node& node) {
  heap_[at] = node;
  node.entry->place = at;
}

/// Puts `node` at `at`, which is free, or nearer to the front.
void TimerQueue::siftUp(std::size_t at, const Node& node) {
  while (at > 0) {
    const std::size_t parent = (at - 1) / kBranches;
    if (!node.before(heap_[parent])) break;
    place(at, heap_[parent]);
    at = parent;
  }
  place(at, node);
}

/// Puts `node` at `at`, which is free, or further from the front.
void TimerQueue::siftDown(std::size_t at, const Node& node) {
  for (;;) {
    const std::size_t first = kBranches * at + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + kBranches, heap_.size());
    std::size_t child = first;
    for (std::size_t other = first + 1; other < end; ++other) {
      if (heap_[other].before(heap_[child])) child = other;
    }
    if (!heap_[child].before(node)) break;
    place(at, heap_[child]);
    at = child;
  }
  place(at, node);
}

}  // namespace plait
