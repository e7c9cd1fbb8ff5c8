#include <algorithm>
#include <new>
#include <plait/core/errors.hpp>
#include <plait/core/stream_transport.hpp>
#include <plait/core/write_budget.hpp>

namespace plait {

namespace {

constexpr auto kLongestHold = std::chrono::seconds(1);

}  // namespace

void WriteBudget::waits(StreamTransport& transport) {
  if (transport.budgetPlace_ == StreamTransport::kNoPlace && !join(transport)) return;
  if (limit_ == 0) return;
  if (pool_.used() > limit_ / 4 * 3) {
    relieve();
  } else {
    holdAgainFrom_ = countAgainFrom_ = 0;
  }
}

bool WriteBudget::join(StreamTransport& transport) try {
  waiting_.push_back(&transport);
  transport.budgetPlace_ = waiting_.size() - 1;
  uncounted_ += transport.waitingMemory();
  return true;
} catch (const std::bad_alloc&) {  // then with the next write
  return false;
}

void WriteBudget::sent(StreamTransport& transport) {
  const std::size_t place = transport.budgetPlace_;
  waiting_[place] = waiting_.back();
  waiting_[place]->budgetPlace_ = place;
  waiting_.pop_back();
  transport.budgetPlace_ = StreamTransport::kNoPlace;
  transport.holdReading(false);
  if (holdEnds_.active() && pool_.used() < limit_ / 2) release();
}

void WriteBudget::relieve() {
  if (pool_.used() > limit_) {
    abortTheBiggest();
  } else if (pool_.used() >= holdAgainFrom_) {
    holdTheBiggest();
  }
}

/// What was written just now, and not been offered to its medium yet, does not count: its peer may
/// take all of it. All memory is counted again only when enough has come.
void WriteBudget::abortTheBiggest() {
  const std::size_t step = limit_ / 64;
  if (pool_.used() < countAgainFrom_ && uncounted_ < step) return;
  countAgainFrom_ = pool_.used() + step;
  uncounted_ = 0;
  std::size_t waiting = 0;
  for (const StreamTransport* transport : waiting_) waiting += transport->waitingMemory();
  if (waiting <= limit_) return;
  const std::size_t enough = limit_ - limit_ / 8;
  while (waiting > enough && !waiting_.empty()) {
    StreamTransport& biggest = **std::max_element(
        waiting_.begin(), waiting_.end(),
        [](auto* a, auto* b) { return a->waitingMemory() < b->waitingMemory(); });
    waiting -= biggest.waitingMemory();
    complain(biggest);
    biggest.abortConnection(Failure(WriteBudgetExceeded(biggest.bufferedBytes(), limit_)));
  }
  countAgainFrom_ = 0;
}

/// As many as account for what is above half of the limit.
void WriteBudget::holdTheBiggest() {
  if (!holdEnds_.active() && !limitHold()) return;
  std::sort(waiting_.begin(), waiting_.end(),
            [](auto* a, auto* b) { return a->waitingMemory() > b->waitingMemory(); });
  for (std::size_t i = 0; i < waiting_.size(); ++i) waiting_[i]->budgetPlace_ = i;
  std::size_t above = pool_.used() - limit_ / 2;
  for (StreamTransport* transport : waiting_) {
    transport->holdReading(true);
    const std::size_t bytes = transport->waitingMemory();
    if (bytes >= above) break;
    above -= bytes;
  }
  holdAgainFrom_ = pool_.used() + limit_ / 16;
}

bool WriteBudget::limitHold() try {
  holdEnds_ = waiting_.front()->clock().callLater(kLongestHold, [this] { release(); });
  return true;
} catch (const std::bad_alloc&) {  // then with the next write
  return false;
}

void WriteBudget::release() {
  holdEnds_.cancelIfActive();
  holdAgainFrom_ = 0;
  for (StreamTransport* transport : waiting_) transport->holdReading(false);
}

void WriteBudget::complain(const StreamTransport& transport) {
  complaints_.warn(
      Logger(transport.log(), transport.connectionName()), transport.clock().now(),
      "aborted: {} bytes are waiting to be sent on it, and {} in all, above the budget "
      "of {}",
      transport.bufferedBytes(), pool_.used(), limit_);
}

}  // namespace plait
