#include <cstdio>
#include <cstdlib>
#include <plait/net/detail/connection.hpp>
#include <plait/net/detail/doorbell.hpp>
#include <plait/net/detail/loop.hpp>
#include <plait/net/detail/poller.hpp>
#include <stdexcept>

namespace plait::detail {

namespace {

/// Connections in a turn of the loop that make it a busy one.
constexpr int kBusy = 4;

}  // namespace

Loop::Loop(asio::io_context& context, Log& log, bool alone)
    : context_(context),
      log_(log),
      alone_(alone),
      timers_(*this),
      timer_(context.get_executor()),
      readBuffer_(std::make_unique_for_overwrite<ReadBuffer>()) {}

Loop::~Loop() = default;

void Loop::open() {
#if PLAIT_EPOLL
  poller_ = std::make_unique<Poller>(*this, alone_);
  // It waits for ever, so on a context of the user's it would keep that busy for ever.
  if (alone_) doorbell_ = std::make_unique<Doorbell>(*poller_, [this] { runCallsFromThreads(); });
#endif
}

void Loop::close() {
  closed_ = true;
#if PLAIT_EPOLL
  poller_->close();
#endif
  timer_.cancel();
  timers_.clear();  // a thread may be waiting for what one of them keeps
  // The context may never run again, and then nobody else would let go of these.
  for (Connection* next = std::exchange(turns_, {}).first; Connection* connection = next;) {
    next = connection->nextTurn;
    connection->release();
  }
  for (Connection* next = std::exchange(reads_, {}).first; Connection* connection = next;) {
    next = connection->nextRead;
    connection->release();
  }
}

void Loop::post(const char* what, UniqueFunction<void()> call) {
  postCounted([what, call = std::move(call)](Loop& loop) mutable {
    if (!loop.closed_) loop.guarded(what, call);
  });
}

/// What throws, as there is no memory for it, has posted nothing.
template <class Call>
void Loop::postCounted(Call&& call) {
  ++posted_;
  try {
    asio::post(context_, [self = shared_from_this(), call = std::move(call)]() mutable {
      --self->posted_;
      call(*self);
    });
  } catch (...) {
    --posted_;
    throw;
  }
}

void Loop::callFromThread(UniqueFunction<void()> call) {
  std::unique_lock lock(callsMutex_);
  calls_.push_back(std::move(call));
  if (calls_.size() > 1) return;
#if PLAIT_EPOLL
  if (doorbell_) {
    lock.unlock();
    return doorbell_->ring();
  }
#endif
  try {
    postCounted([](Loop& loop) { loop.runCallsFromThreads(); });
  } catch (...) {  // left there it would never run, nor would those behind it
    call = std::move(calls_.back());
    calls_.pop_back();
    throw;
  }
}

std::vector<UniqueFunction<void()>> Loop::takeCalls() {
  const std::lock_guard lock(callsMutex_);
  return std::exchange(calls_, {});
}

void Loop::runCallsFromThreads() {
  if (closed_) return;
  for (auto& call : takeCalls()) guarded("a call from a thread", call);
}

// --- Turns -----------------------------------------------------------------------------

template <Connection* Connection::*Next>
void Loop::push(Queue& queue, Connection& connection) {
  connection.retain();
  connection.*Next = nullptr;
  (queue.last ? queue.last->*Next : queue.first) = &connection;
  queue.last = &connection;
}

void Loop::requestTurn(Connection& connection) {
  push<&Connection::nextTurn>(turns_, connection);
  // Outside of callbacks nobody else would come by. While turns are given, the next round is left
  // to a later turn of the loop: two that always have something to send must not starve the rest.
  if (depth_ == 0 || givingTurns_) postEndOfTurn();
}

void Loop::requestRead(Connection& connection) {
  if (!connection.askForRead()) return;
  ++readsAsked_;
  push<&Connection::nextRead>(reads_, connection);
  postEndOfTurn();
}

void Loop::giveTurns() {
  givingTurns_ = true;
  for (Connection* next = std::exchange(turns_, {}).first; Connection* connection = next;) {
    next = connection->nextTurn;  // it may ask again
    try {
      connection->haveTurn();
    } catch (...) {  // there is no memory, say; the others must have their turns
      connection->broken();
    }
    connection->release();
  }
  givingTurns_ = false;
}

void Loop::postEndOfTurn() {
  if (endPosted_) return;
#if PLAIT_EPOLL
  if (poller_->serving()) return;
#endif
  asio::post(context_, [self = shared_from_this()] { self->endOfTurn(); });
  endPosted_ = true;  // not before: there may be no memory for it
}

void Loop::endOfTurn() {
  endPosted_ = false;
  callbacksDone();  // those who asked while turns were given
  Callback callback(*this);
  const bool busy = readsAsked_ >= kBusy;
  readsAsked_ = 0;
  for (Connection* next = std::exchange(reads_, {}).first; Connection* connection = next;) {
    next = connection->nextRead;  // it may ask again
    try {
      connection->startRead(busy);
    } catch (...) {
      connection->broken();
    }
    connection->release();
  }
}

// --- Time ------------------------------------------------------------------------------

DelayedCall Loop::callLater(Duration delay, UniqueFunction<void()> call) {
  assertThread();
  if (delay < Duration::zero()) {
    throw std::invalid_argument("callLater: the delay must not be negative");
  }
  return timers_.add(later(now(), delay), std::move(call));
}

void Loop::timersChanged() {
  if (!runningTimers_) armTimer();
}

/// One Asio timer serves all calls. It is moved only when a call comes to be earlier than it: when
/// the earliest of several was cancelled, it goes off for nothing, once.
void Loop::armTimer() {
  const auto next = timers_.next();
  if (closed_) return;
  if (!next && timerArmedFor_ != TimePoint::max()) {  // nothing must keep the user's context busy
    timerArmedFor_ = TimePoint::max();
    timer_.cancel();
  }
  if (!next || *next >= timerArmedFor_) return;
  timerArmedFor_ = TimePoint::max();  // until it is: there may be no memory for it
  timer_.expires_at(*next);
  timer_.async_wait([self = shared_from_this()](ErrorCode error) {
    if (!error && !self->closed_) self->runTimers();
  });
  timerArmedFor_ = *next;
}

void Loop::runTimers() {
  timerArmedFor_ = TimePoint::max();
  runningTimers_ = true;
  const TimePoint due = now();
  const auto mark = timers_.mark();  // calls added by calls wait for the next round
  while (auto call = timers_.take(due, mark)) guarded("a delayed call", call);
  runningTimers_ = false;
  armTimer();
}

// --- Others ----------------------------------------------------------------------------

void Loop::shutDownMembers() {
  stopping = true;
  LoopMembers toTell;
  toTell.swap(members);
  while (!toTell.empty()) {  // telling one may end others, which leave the list they are in
    LoopMember& member = toTell.front();
    members.splice(members.end(), toTell, toTell.begin());
    member.shutDown();
  }
}

void Loop::endMembers() {
  while (!members.empty()) {
    LoopMember& member = members.front();
    member.unlink();  // one that is ending already, and has called us, does so no sooner
    member.end();
  }
}

void Loop::descriptorFreed() {
  if (listenersAtRest == 0) return;
  for (LoopMember& member : members) member.descriptorFreed();
}

void Loop::reportStall(const StallDetector::Watch& watch, const std::string& name) {
  logger().warn("{} held the reactor up for {}", name, watch.taken());
}

void Loop::wrongThread() const {
  std::fputs(
      "plait: a reactor was used from another thread than its own; "
      "callFromThread is the way in\n",
      stderr);
  std::abort();
}

void Loop::destroyedInCallback() const {
  std::fputs(
      "plait: a reactor was destroyed inside of one of its callbacks; "
      "stop() it there, and destroy it when run() has returned\n",
      stderr);
  std::abort();
}

}  // namespace plait::detail
