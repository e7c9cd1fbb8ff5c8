#pragma once

#include <plait/core/event_triggers.hpp>
#include <plait/net/detail/pool_member.hpp>
#include <plait/net/detail/stop_signals.hpp>
#include <plait/net/reactor_pool.hpp>

namespace plait::detail {

/// The life of a pool: its members, their threads, and how they start and stop together.
///
/// What the pool as a whole does happens on the thread of the first member: it is told that all
/// run, it is asked to stop. Members are told what to do by calls to their threads, and such calls
/// that come late, in another run, are void.
class PoolImpl : public std::enable_shared_from_this<PoolImpl> {
 public:
  explicit PoolImpl(const ReactorPoolOptions& options);
  /// Ends what is left, and the reactors. Others may hold this for longer.
  void end();

  void run();
  void start();
  void join();
  void stop();

  std::size_t size() const { return members_.size(); }
  PoolMember& member(std::size_t index) const { return *members_[index]; }
  /// std::logic_error when it has been destroyed, as this is just now.
  Reactor& reactor(std::size_t index) const {
    if (!member(index).reactor) throw std::logic_error("the pool is being destroyed");
    return *member(index).reactor;
  }
  /// Of this thread.
  std::optional<std::size_t> current() const;
  /// This thread's, or the first: for what needs no more than some reactor that may be used here.
  std::size_t hereOrFirst() const { return current().value_or(0); }

  void callFromThread(std::size_t index, UniqueFunction<void()> call);
  /// Runs `call` where that reactor may be used: now if that is here, as nothing runs or this is
  /// its thread (what it throws reaches the caller); else soon, on its thread.
  void callOn(std::size_t index, UniqueFunction<void()> call);

  /// Hands a connection over, to be served soon.
  void handOver(std::size_t index, AcceptedSocket accepted);

  enum class State { idle, starting, running, stopping };
  State state() const { return state_; }

  const ReactorPoolOptions& options() const { return options_; }
  Log& log() const { return member(0).loop->log(); }
  EventTriggers& triggers() { return triggers_; }
  std::atomic<std::size_t> turn = 0;  // of ReactorPool::next

 private:
  void tell(std::size_t index, UniqueFunction<void()> call);
  void launch(std::size_t firstThread);
  void watch(std::size_t index);
  void unwatch(PoolMember& member);
  void runMember(std::size_t index);
  void awaitOthers(std::optional<StopSignals>& ofTheFirst);
  void joinThreads();
  void finish();

  // On the thread of the first member.
  void started();
  void beginStop();
  void stopMembers();
  void releaseMembers();
  bool signalled(int signal);
  void hurry();

  // On the thread of the member.
  Deferred<void> memberStops(std::size_t index);
  void stopMember(PoolMember& member);

  ReactorPoolOptions options_;
  std::vector<std::unique_ptr<PoolMember>> members_;
  EventTriggers triggers_;
  std::atomic<State> state_ = State::idle;
  std::atomic<std::uint64_t> run_ = 0;  // counts runs
  std::atomic<std::size_t> notStarted_ = 0;
  bool stopWanted_ = false;
  std::size_t listening_ = 0;     // members that have not closed their ports yet
  bool membersReleased_ = false;  // to drain
  std::mutex errorMutex_;
  std::exception_ptr error_;  // the first that ended a member's loop

  // Of the thread that called `run`.
  std::optional<asio::io_context> ending_;  // where members say that they have ended
  std::size_t ended_ = 0;
  bool catchSignals_ = false;
};

}  // namespace plait::detail
