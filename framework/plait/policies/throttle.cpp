#include <algorithm>
#include <plait/policies/throttle.hpp>

namespace plait {

namespace {

/// What is too little to be worth a turn, as long as more is wanted: what comes in 10 ms; for slow
/// ones this much, or what comes in a quarter of a second.
constexpr std::uint64_t kSmallTurn = 512;
/// When many wait, each gets so much in its turn, and not everybody in each: a packet's worth.
constexpr std::uint64_t kLeastShare = 1460;

}  // namespace

void Throttle::Waiter::leave() {
  if (!at_) return;
  at_->line_.erase(place_);
  at_ = nullptr;
}

Throttle::Throttle(ReactorTime& time, BandwidthLimit limit, std::shared_ptr<Throttle> parent)
    : time_(time), bucket_(limit, time.now()), parent_(std::move(parent)) {}

Throttle::~Throttle() {
  while (!line_.empty()) line_.front()->leave();
  timer_.cancelIfActive();
}

std::size_t Throttle::take(std::size_t wanted, Waiter& waiter) {
  if (waiter.waiting() || wanted == 0) return 0;
  std::uint64_t count = wanted;
  for (Throttle* next = this; next; next = next->parent_.get()) {
    if (next->mustWait(count, waiter)) {
      next->getInLine(count, waiter);
      return 0;
    }
    count = std::min(count, next->available());
    if (next->served_ == &waiter) count = std::min(count, next->share_);
  }
  takeFromAll(count);
  waiter.ticket_ = 0;
  return count;
}

std::size_t Throttle::take(std::size_t wanted) {
  std::uint64_t count = wanted;
  for (Throttle* next = this; next; next = next->parent_.get()) {
    count = std::min(count, next->available());
  }
  takeFromAll(count);
  return count;
}

void Throttle::takeFromAll(std::uint64_t count) {
  for (Throttle* next = this; next; next = next->parent_.get()) {
    next->bucket_.take(count, next->time_.now());
    next->served_ = nullptr;  // it has had its turn
  }
}

/// How much must be there for one who wants `wanted`: at most half of what there can be, so that
/// nothing is lost when the timer is late.
std::uint64_t Throttle::worthwhile(std::uint64_t wanted) const {
  const auto [rate, burst] = limit();
  const std::uint64_t turn = std::max(rate / 100, std::min(kSmallTurn, rate / 4));
  return std::max<std::uint64_t>(std::min({turn, wanted, burst / 2}), 1);
}

bool Throttle::mustWait(std::uint64_t wanted, const Waiter& waiter) {
  if (served_ == &waiter) return available() == 0;
  const bool othersFirst =
      !line_.empty() && (waiter.ticket_ == 0 || line_.front()->ticket_ < waiter.ticket_);
  return othersFirst || available() < worthwhile(wanted);
}

/// Behind those who have waited longer: who had its turn at one throttle, and finds nothing at the
/// next, keeps its place among all.
void Throttle::getInLine(std::uint64_t wanted, Waiter& waiter) {
  if (waiter.ticket_ == 0) waiter.ticket_ = nextTicket();
  auto behind = line_.end();
  while (behind != line_.begin() && (*std::prev(behind))->ticket_ > waiter.ticket_) --behind;
  waiter.place_ = line_.insert(behind, &waiter);
  waiter.at_ = this;
  waiter.wanted_ = wanted;
  if (!served_) arm();
}

void Throttle::arm() {
  if (line_.empty() || timer_.active()) return;
  const Duration delay = bucket_.timeUntil(worthwhile(line_.front()->wanted_), time_.now());
  timer_ = time_.callLater(delay, [this] { serve(); });
}

/// Gives those who waited when it began a turn each, as far as it goes.
void Throttle::serve() {
  const auto keep = shared_from_this();
  for (std::size_t left = line_.size(); left > 0 && !line_.empty(); --left) {
    Waiter& first = *line_.front();
    const std::uint64_t there = available();
    if (there < std::min(worthwhile(first.wanted_), kLeastShare)) break;
    first.leave();
    served_ = &first;
    share_ = std::max(there / left, kLeastShare);
    try {
      first.mayGoOn();
    } catch (...) {  // the others wait on
      served_ = nullptr;
      arm();
      throw;
    }
    served_ = nullptr;
  }
  arm();
}

}  // namespace plait
