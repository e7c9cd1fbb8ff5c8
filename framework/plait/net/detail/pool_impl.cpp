#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <csignal>
#include <future>
#include <plait/core/errors.hpp>
#include <plait/net/detail/pool_impl.hpp>
#include <plait/net/detail/reactor_impl.hpp>
#include <stdexcept>

namespace plait::detail {

namespace {

/// Which reactor of which pool this thread runs.
struct Place {
  const PoolImpl* pool = nullptr;
  std::size_t index = 0;
};
thread_local Place place;

std::size_t coresToUse() {
  cpu_set_t cores;
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0) return CPU_COUNT(&cores);
  return std::max(1u, std::thread::hardware_concurrency());  // more cores than the set has bits
}

}  // namespace

PoolImpl::PoolImpl(const ReactorPoolOptions& options)
    : options_(options), triggers_(options.reactor.log ? *options.reactor.log : standardLog()) {
  if (options_.reactors == 0) options_.reactors = coresToUse();
  ReactorOptions each = options_.reactor;
  each.installSignalHandlers = false;  // the pool's business
  for (std::size_t i = 0; i < options_.reactors; ++i) {
    auto reactor = std::make_unique<Reactor>(each);
    Loop& loop = *reactor->impl_->loop;
    members_.push_back(std::make_unique<PoolMember>(std::move(reactor), loop));
  }
}

void PoolImpl::end() {
  if (state_ != State::idle) {
    tell(0, [this] { hurry(); });
    for (std::size_t i = 1; i < size(); ++i) {  // the first may have ended already
      tell(i, [this, i] {
        stopMember(member(i));
        reactor(i).impl_->hurry();
      });
    }
    try {
      join();
    } catch (...) {
      Logger(log(), "plait.net").failure(Failure(), "the pool was destroyed when a reactor threw");
    }
  }
  // All at once, for what one leaves may call to another: `callFromThread` finds none.
  for (const auto& member : members_) member->reactor.reset();
}

// --- Where -----------------------------------------------------------------------------

std::optional<std::size_t> PoolImpl::current() const {
  if (place.pool != this) return std::nullopt;
  return place.index;
}

void PoolImpl::callFromThread(std::size_t index, UniqueFunction<void()> call) {
  if (auto& reactor = members_.at(index)->reactor) reactor->callFromThread(std::move(call));
}

void PoolImpl::callOn(std::size_t index, UniqueFunction<void()> call) {
  if (state_ == State::idle || current() == index) {
    call();
  } else {
    callFromThread(index, std::move(call));
  }
}

void PoolImpl::tell(std::size_t index, UniqueFunction<void()> call) {
  callFromThread(index, [this, run = run_.load(), call = std::move(call)]() mutable {
    if (run == run_) call();
  });
}

void PoolImpl::handOver(std::size_t index, AcceptedSocket accepted) {
  PoolMember& to = member(index);
  if (to.handOver(std::move(accepted))) callOn(index, [&to] { to.serveAccepted(); });
}

// --- Running ---------------------------------------------------------------------------

void PoolImpl::run() {
  if (state_ != State::idle) throw ReactorAlreadyRunning();
  ending_.emplace();
  catchSignals_ = options_.reactor.installSignalHandlers;
  std::optional<StopSignals> signals;
  if (catchSignals_) {
    signals.emplace(member(0).loop->context(), [this](int signal) { return signalled(signal); });
  }
  launch(1);
  runMember(0);
  awaitOthers(signals);
  ending_.reset();
  finish();
}

void PoolImpl::start() {
  if (state_ != State::idle) throw ReactorAlreadyRunning();
  launch(0);
}

void PoolImpl::join() {
  joinThreads();
  if (state_ != State::idle) finish();
}

void PoolImpl::launch(std::size_t firstThread) {
  state_ = State::starting;
  ++run_;
  notStarted_ = size();
  ended_ = 0;
  stopWanted_ = membersReleased_ = false;
  error_ = nullptr;
  for (std::size_t i = 0; i < size(); ++i) watch(i);

  // None begins before all are there: there is no going back when the system gives too few.
  std::promise<bool> allThere;
  std::shared_future<bool> go(allThere.get_future());
  try {
    for (std::size_t i = firstThread; i < size(); ++i) {
      member(i).thread = std::thread([this, i, go] {
        if (go.get()) runMember(i);
      });
      ::pthread_setname_np(member(i).thread.native_handle(), fmt::format("plait-{}", i).c_str());
    }
  } catch (...) {
    allThere.set_value(false);
    joinThreads();
    for (const auto& member : members_) unwatch(*member);
    state_ = State::idle;
    throw;
  }
  allThere.set_value(true);
}

/// Has the member say when it runs, and when it is about to stop.
void PoolImpl::watch(std::size_t index) {
  PoolMember& each = member(index);
  each.released = false;
  each.startedTrigger = each.reactor->callWhenRunning([this] {
    if (--notStarted_ == 0) tell(0, [this] { started(); });
  });
  each.stopTrigger = each.reactor->addSystemEventTrigger(
      TriggerPhase::before, "shutdown", [this, index] { return memberStops(index); });
}

void PoolImpl::unwatch(PoolMember& each) {
  for (const TriggerID id : {each.startedTrigger, each.stopTrigger}) {
    try {
      each.reactor->removeSystemEventTrigger(id);
    } catch (const std::invalid_argument&) {  // it has run
    }
  }
  each.mayDrain.reset();
}

void PoolImpl::runMember(std::size_t index) {
  PoolMember& each = member(index);
  const Place outer = std::exchange(place, {this, index});
  try {
    each.reactor->run();
  } catch (...) {
    const std::lock_guard lock(errorMutex_);
    if (!error_) error_ = std::current_exception();
  }
  if (!each.released) {  // it has ended by itself: the others must not go on
    if (index == 0) {
      releaseMembers();
    } else {
      tell(0, [this] { releaseMembers(); });
    }
  }
  place = outer;
  if (ending_) asio::post(*ending_, [this] { ++ended_; });
}

/// The first member has ended, on this thread; others may drain for longer. A second signal is for
/// them too.
void PoolImpl::awaitOthers(std::optional<StopSignals>& ofTheFirst) {
  std::optional<StopSignals> signals;
  if (catchSignals_) {
    signals.emplace(*ending_, [this](int signal) { return signalled(signal); });
  }
  ofTheFirst.reset();  // not before: one in between would end the program
  const auto work = asio::make_work_guard(*ending_);
  while (ended_ < size()) ending_->run_one();
  joinThreads();
}

void PoolImpl::joinThreads() {
  for (const auto& member : members_) {
    if (member->thread.joinable()) member->thread.join();
  }
}

void PoolImpl::finish() {
  for (const auto& member : members_) {
    member->dropAccepted();
    unwatch(*member);
  }
  triggers_.fireRest("shutdown");
  state_ = State::idle;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

// --- Starting and stopping together ----------------------------------------------------

void PoolImpl::started() {
  if (state_ != State::starting || membersReleased_) return;
  triggers_.fireBefore("startup", [this, run = run_.load()] {
    if (run != run_ || state_ != State::starting || membersReleased_) return;
    state_ = State::running;
    triggers_.fireRest("startup");
    if (stopWanted_) beginStop();
  });
}

void PoolImpl::stop() {
  if (state_ == State::idle) throw ReactorNotRunning();
  tell(0, [this] { beginStop(); });
}

void PoolImpl::beginStop() {
  if (state_ == State::starting) stopWanted_ = true;
  if (state_ != State::running) return;
  state_ = State::stopping;
  triggers_.fireBefore("shutdown", [this, run = run_.load()] {
    if (run == run_) stopMembers();
  });
}

/// First all stop listening: who sees a connection end must not be served by another reactor.
void PoolImpl::stopMembers() {
  if (membersReleased_) return;
  state_ = State::stopping;
  listening_ = size();
  for (std::size_t i = 0; i < size(); ++i) {
    tell(i, [this, i] {
      member(i).closePorts();
      tell(0, [this] {
        if (--listening_ == 0) releaseMembers();
      });
    });
  }
}

void PoolImpl::releaseMembers() {
  if (std::exchange(membersReleased_, true)) return;
  state_ = State::stopping;
  for (std::size_t i = 0; i < size(); ++i) tell(i, [this, i] { stopMember(member(i)); });
}

void PoolImpl::stopMember(PoolMember& member) {
  if (std::exchange(member.released, true)) return;
  if (member.mayDrain) return member.mayDrain->callback();
  member.reactor->callWhenRunning([&member] {
    try {
      member.reactor->stop();
    } catch (const ReactorNotRunning&) {  // somebody was faster
    }
  });
}

/// The member is in its phase "before shutdown". If nobody but itself knows so far, all shall stop,
/// and it waits until they may.
Deferred<void> PoolImpl::memberStops(std::size_t index) {
  PoolMember& each = member(index);
  Deferred<void> mayDrain;
  if (each.released) {
    mayDrain.callback();
    return mayDrain;
  }
  each.mayDrain = mayDrain;
  tell(0, [this] { beginStop(); });
  return mayDrain;
}

bool PoolImpl::signalled(int signal) {
  Logger(log(), "plait.net").info("{} received, stopping", signal == SIGINT ? "SIGINT" : "SIGTERM");
  if (state_ != State::stopping && !stopWanted_) {
    beginStop();
    return true;
  }
  catchSignals_ = false;  // a third one has its usual effect
  hurry();
  return false;
}

/// No more patience.
void PoolImpl::hurry() {
  releaseMembers();
  for (std::size_t i = 0; i < size(); ++i) tell(i, [this, i] { reactor(i).impl_->hurry(); });
}

}  // namespace plait::detail
