#include <plait/core/errors.hpp>
#include <plait/core/timer_queue.hpp>
#include <stdexcept>
#include <tuple>

namespace plait {

namespace detail {

struct TimerEntry {
  enum class State : unsigned char { pending, called, cancelled };

  unsigned references = 0;
  State state = State::pending;
  std::size_t place = 0;  // in the heap
  TimerQueue* queue = nullptr;
  TimePoint when;
  std::uint64_t sequence = 0;
  UniqueFunction<void()> call;

  bool before(const TimerEntry& other) const {
    return std::tie(when, sequence) < std::tie(other.when, other.sequence);
  }
};

TimerRef::TimerRef(TimerEntry* entry) noexcept : entry_(entry) {
  if (entry_) ++entry_->references;
}

TimerRef::~TimerRef() {
  if (entry_ && --entry_->references == 0) delete entry_;
}

}  // namespace detail

using detail::TimerEntry;
using detail::TimerRef;

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

void TimerQueue::clear() {
  std::vector<TimerRef> keep(heap_.size());
  for (std::size_t i = 0; i < heap_.size(); ++i) {
    keep[i] = TimerRef(heap_[i]);
    heap_[i]->state = Entry::State::cancelled;
    --heap_[i]->references;  // the queue's own; `keep` has another
  }
  heap_.clear();
  for (TimerRef& entry : keep) entry.get()->call = nullptr;
}

DelayedCall TimerQueue::add(TimePoint when, UniqueFunction<void()> call) {
  if (!call) throw std::invalid_argument("a delayed call needs something to call");
  auto* entry = new Entry;
  ++entry->references;  // the queue's own
  entry->queue = this;
  entry->when = when;
  entry->sequence = nextSequence_++;
  entry->call = std::move(call);
  heap_.push_back(nullptr);
  place(heap_.size() - 1, entry);
  siftUp(entry->place);
  DelayedCall handle{TimerRef(entry)};
  if (entry->place == 0) owner_.timersChanged();
  return handle;
}

std::optional<TimePoint> TimerQueue::next() const {
  return heap_.empty() ? std::nullopt : std::optional(heap_.front()->when);
}

UniqueFunction<void()> TimerQueue::take(TimePoint now, std::uint64_t mark) {
  if (heap_.empty()) return {};
  Entry& entry = *heap_.front();
  if (entry.when > now || entry.sequence >= mark) return {};
  const TimerRef keep(&entry);
  entry.state = Entry::State::called;
  remove(entry);
  return std::move(entry.call);
}

void TimerQueue::remove(Entry& entry) {
  const std::size_t at = entry.place;
  Entry* last = heap_.back();
  heap_.pop_back();
  if (last != &entry) {
    place(at, last);
    siftUp(at);
    siftDown(last->place);
  }
  --entry.references;  // callers hold one more
  if (at == 0) owner_.timersChanged();
}

void TimerQueue::move(Entry& entry, TimePoint when) {
  const bool wasFirst = entry.place == 0;
  entry.when = when;
  entry.sequence = nextSequence_++;  // behind those already due at that moment
  siftUp(entry.place);
  siftDown(entry.place);
  if (wasFirst || entry.place == 0) owner_.timersChanged();
}

void TimerQueue::place(std::size_t at, Entry* entry) {
  heap_[at] = entry;
  entry->place = at;
}

void TimerQueue::siftUp(std::size_t at) {
  Entry* entry = heap_[at];
  while (at > 0) {
    const std::size_t parent = (at - 1) / 2;
    if (!entry->before(*heap_[parent])) break;
    place(at, heap_[parent]);
    at = parent;
  }
  place(at, entry);
}

void TimerQueue::siftDown(std::size_t at) {
  Entry* entry = heap_[at];
  for (;;) {
    std::size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->before(*heap_[child])) ++child;
    if (!heap_[child]->before(*entry)) break;
    place(at, heap_[child]);
    at = child;
  }
  place(at, entry);
}

}  // namespace plait
