#pragma once

#include <array>
#include <atomic>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <mutex>
#include <plait/core/failure.hpp>
#include <plait/core/log.hpp>
#include <plait/core/reactor_time.hpp>
#include <plait/core/timer_queue.hpp>
#include <plait/core/transport_group.hpp>
#include <plait/net/detail/asio.hpp>
#include <thread>
#include <vector>

namespace plait::detail {

class Doorbell;

/// Something open on a loop: a connection, a listener, an attempt to connect. It joins
/// `Loop::members` when it opens and leaves it (`unlink`) when it is over.
class LoopMember : public boost::intrusive::list_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// The reactor stops: end soon, and orderly. May end it at once.
  virtual void shutDown() = 0;
  /// End at once.
  virtual void end() = 0;
  /// A descriptor has become free, and some listener is waiting for one.
  virtual void descriptorFreed() {}

 protected:
  ~LoopMember() = default;
};

using LoopMembers = boost::intrusive::list<LoopMember, boost::intrusive::constant_time_size<false>>;

class Connection;
class Poller;

/// What everything in room net stands on: an `io_context`, the order in which things happen in a
/// turn of it, timers, and the lists of what is open.
///
/// A turn: the Poller tells the sockets that are ready, and Asio runs the handlers of all else.
/// Each runs user code inside a `Callback`; when the outermost of these ends, the connections that
/// were written to or closed have their turn (one send each). Who has more to read goes on when all
/// others of the turn have had theirs.
///
/// Without the Poller (PLAIT_EPOLL off) sockets are Asio's, and all new reads are started at the
/// end of the turn: by then many a peer has answered, and the read succeeds without another round.
class Loop final : public ReactorTime,
                   private TimerQueue::Owner,
                   public std::enable_shared_from_this<Loop> {
 public:
  /// `alone`: nobody else uses the context.
  Loop(asio::io_context& context, Log& log, bool alone);
  ~Loop() override;
  /// To be called once, by the owner: from here on the context may run what belongs to the loop.
  void open();

  asio::io_context& context() { return context_; }
  Log& log() { return log_; }
  Logger logger() { return Logger(log_, "plait.net"); }

  // --- Running user code -----------------------------------------------------------------------

  /// Brackets user code that is called from the loop.
  class Callback {
   public:
    explicit Callback(Loop& loop) : loop_(loop) { ++loop_.depth_; }
    Callback(const Callback&) = delete;
    ~Callback() {
      if (--loop_.depth_ == 0) loop_.callbacksDone();
    }

   private:
    Loop& loop_;
  };

  /// Ends the program when user code is being called: what that stands on must not go now.
  void assertNotInCallback() const {
    if (depth_ > 0) destroyedInCallback();
  }

  /// Runs `call` in a Callback; what it throws is logged as thrown by `what`. Returns whether it
  /// threw.
  template <class F>
  bool guarded(const char* what, F&& call) {
    Callback callback(*this);
    StallDetector::Watch watch(transportGroup_.stalls, *this);
    bool threw = false;
    try {
      call();
    } catch (...) {
      logger().failure(Failure(), "{} threw", what);
      threw = true;
    }
    if (watch.stalled()) reportStall(watch, nameOf(what, call));
    return threw;
  }

  /// Brackets user code that is called by other means than `guarded`: if it holds the loop up, that
  /// is told of `what`.
  class WatchedCall {
   public:
    WatchedCall(Loop& loop, const char* what)
        : loop_(loop), what_(what), watch_(loop.transportGroup_.stalls, loop) {}
    ~WatchedCall() {
      if (watch_.stalled()) loop_.reportStall(watch_, what_);
    }

   private:
    Loop& loop_;
    const char* what_;
    StallDetector::Watch watch_;
  };

  /// Runs `call` from the loop, guarded, unless the loop has been closed by then. Thread: any.
  void post(const char* what, UniqueFunction<void()> call);

  /// Gives `connection` a turn when the callback that runs now has returned.
  void requestTurn(Connection& connection);
  /// Lets `connection` start reading at the end of the loop's turn.
  void requestRead(Connection& connection);

#if PLAIT_EPOLL
  Poller& poller() {
    return *poller_;
  }
#endif

  // --- For the Poller --------------------------------------------------------------------------

  /// Gives turns, and starts reads, to those who asked for them outside of a callback.
  void endOfTurn();
  /// The same, later.
  void postEndOfTurn();
  /// True when somebody waits for `endOfTurn`.
  bool hasWork() const {
    return turns_.first || reads_.first;
  }
  /// True when the rest of the context should have its turn soon.
  bool isWanted() const {
    return posted_.load(std::memory_order_relaxed) > 0 || context_.stopped();
  }
  /// True when a call is due at `moment`.
  bool timerDue(TimePoint moment) const {
    return timerArmedFor_ <= moment;
  }

  // --- Time --------------------------------------------------------------------------------------

  TimePoint now() const override {
    return std::chrono::steady_clock::now();
  }
  DelayedCall callLater(Duration delay, UniqueFunction<void()> call) override;

  // --- Threads -----------------------------------------------------------------------------------

  /// Runs `call` from the loop, guarded. Calls made before the loop comes by share one wake-up;
  /// those made meanwhile wait for the next. After `close` it is kept for `takeCalls`. Thread: any.
  void callFromThread(UniqueFunction<void()> call);
  /// Takes back what has not run, for the caller to destroy.
  std::vector<UniqueFunction<void()>> takeCalls();

  void runBy(std::thread::id thread) {
    thread_ = thread;
  }
  /// Debug builds: ends the program unless called on the thread that runs the loop.
  void assertThread() const override {
#ifndef NDEBUG
    if (thread_ != std::thread::id() && thread_ != std::this_thread::get_id()) wrongThread();
#endif
  }

  // --- Memory shared by all connections ------------------------------------------------

  /// Where reads land. Valid until the next read. Large, as the system charges a bulk transfer more
  /// for each read than for its bytes (test/bench: `bulk`); a small message touches little of it.
  using ReadBuffer = std::array<char, 256 * 1024>;
  ReadBuffer& readBuffer() {
    return *readBuffer_;
  }
  TransportGroup& transportGroup() {
    return transportGroup_;
  }

  // --- What is open --------------------------------------------------------------------

  LoopMembers members;
  /// Processes: a stop does not wait for them.
  LoopMembers children;
  /// From now on nothing new is connected, and lingering closes hurry.
  bool stopping = false;
  /// What lingering closes read at most.
  std::size_t lingerLimit = 0;
  /// Tells all members to end, orderly or at once.
  void shutDownMembers();
  void endMembers();

  /// Listeners that wait for a free descriptor.
  int listenersAtRest = 0;
  /// A descriptor has become free.
  void descriptorFreed();

  /// Runs nothing any more that was posted or timed. All members must have ended.
  void close();
  bool closed() const {
    return closed_;
  }

 private:
  /// What is called, as exactly as it is known.
  template <class F>
  static std::string nameOf(const char* what, const F& call) {
    if constexpr (std::is_same_v<F, UniqueFunction<void()>>) {
      return fmt::format("{} ({})", what, readableName(call.targetType()));
    } else {
      return what;
    }
  }
  void reportStall(const StallDetector::Watch& watch, const std::string& name);

  void callbacksDone() {
    if (turns_.first && !givingTurns_) giveTurns();
  }
  void giveTurns();
  template <class Call>
  void postCounted(Call&& call);
  void runCallsFromThreads();

  void timersChanged() override;
  void armTimer();
  void runTimers();
  [[noreturn]] void wrongThread() const;
  [[noreturn]] void destroyedInCallback() const;

  asio::io_context& context_;
  Log& log_;
  const bool alone_;
  bool closed_ = false;
  std::atomic<int> posted_ = 0;  // calls of `post` that have not run

  int depth_ = 0;  // of Callbacks
  bool givingTurns_ = false;
  bool endPosted_ = false;
  /// First come, first served; linked through the connections.
  struct Queue {
    Connection* first = nullptr;
    Connection* last = nullptr;
  };
  template <Connection* Connection::*Next>
  static void push(Queue& queue, Connection& connection);
  Queue turns_;
  Queue reads_;
  int readsAsked_ = 0;

  TimerQueue timers_;
  SteadyTimer timer_;
  TimePoint timerArmedFor_ = TimePoint::max();
  bool runningTimers_ = false;

  std::thread::id thread_;
  std::mutex callsMutex_;
  std::vector<UniqueFunction<void()>> calls_;
  std::unique_ptr<ReadBuffer> readBuffer_;
  TransportGroup transportGroup_;
#if PLAIT_EPOLL
  std::unique_ptr<Poller> poller_;
  std::unique_ptr<Doorbell> doorbell_;  // null unless alone
#endif
};

}  // namespace plait::detail
