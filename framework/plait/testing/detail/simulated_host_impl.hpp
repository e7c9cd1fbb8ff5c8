#pragma once

#include <map>
#include <optional>
#include <plait/core/event_triggers.hpp>
#include <plait/core/transport_group.hpp>
#include <plait/testing/detail/simulated_network_impl.hpp>
#include <plait/testing/detail/simulated_resolver.hpp>

namespace plait::testing {

namespace detail {

class SimulatedConnection;
class SimulatedDatagramPort;
class StreamPort;

/// Something open on a host: a connection, a listener, an attempt to connect. It joins when it
/// opens, and leaves when it is over.
class HostMember {
 public:
  /// The reactor stops: end soon, and orderly. May end it at once.
  virtual void shutDown() = 0;
  /// End at once.
  virtual void end() = 0;
  /// What it is, for the list of what is left.
  virtual std::string describe() const = 0;

 protected:
  ~HostMember() = default;

 private:
  friend class testing::SimulatedHost::Impl;
  std::uint64_t memberID_ = 0;
};

}  // namespace detail

/// A host: its loop (callbacks, turns, timers), what is open on it, and the life of its reactor.
class SimulatedHost::Impl final : private TimerQueue::Owner {
 public:
  Impl(SimulatedNetwork::Impl& network, std::uint32_t index, std::string name,
       const SimulatedHostOptions& options);
  ~Impl();

  SimulatedNetwork::Impl& network;
  detail::Simulation& simulation;
  const std::uint32_t index;
  const std::string name;
  SimulatedHostOptions options;
  SimulatedHost* host = nullptr;  // whose Impl this is
  Log& log;
  TransportGroup transports;
  bool up = true;
  void setOptions(const SimulatedHostOptions& changed);
  Logger logger() const { return Logger(log, "plait.simulated"); }
  void trace(detail::Happening what, std::uint64_t id = 0, std::uint64_t size = 0) {
    simulation.trace(what, index, id, size);
  }

  // --- Running user code, as room net's Loop does ----------------------------------------------

  class Callback {
   public:
    explicit Callback(Impl& host) : host_(host) { ++host_.depth_; }
    Callback(const Callback&) = delete;
    ~Callback() {
      if (--host_.depth_ == 0) host_.callbacksDone();
    }

   private:
    Impl& host_;
  };

  /// Runs `call` in a Callback; what it throws is logged as thrown by `what`.
  template <class F>
  void guarded(const char* what, F&& call) {
    Callback callback(*this);
    try {
      call();
    } catch (...) {
      logger().failure(Failure(), "{} threw", what);
    }
  }

  /// Runs `call` from the loop, guarded, unless the host has crashed by then.
  void post(const char* what, UniqueFunction<void()> call) {
    postAfter(Duration::zero(), what, std::move(call));
  }
  void postAfter(Duration delay, const char* what, UniqueFunction<void()> call);
  /// Gives `connection` a turn when the callback that runs now has returned.
  void requestTurn(std::shared_ptr<detail::SimulatedConnection> connection);

  // --- Time -------------------------------------------------------------------------------------

  TimePoint now() const override { return simulation.now(); }
  DelayedCall callLater(Duration delay, UniqueFunction<void()> call);

  // --- What is open -----------------------------------------------------------------------------

  void join(detail::HostMember& member);
  void leave(detail::HostMember& member);
  void leftovers(std::string& text) const;

  Address chooseAddress(std::uint16_t port, const std::string& interface) const;
  bool owns(const Address& address) const;
  /// Of 49152 to 65535, one that nobody listens at.
  std::uint16_t freePort();
  std::uint16_t localPort() {
    const std::uint16_t port = nextLocalPort_++;
    if (nextLocalPort_ == 49152) nextLocalPort_ = 32768;
    return port;
  }

  /// The listener that a connection to `address` reaches; null when there is none.
  detail::StreamPort* portAt(const Address& address) const;
  std::vector<detail::StreamPort*> streamPorts;
  std::vector<detail::SimulatedDatagramPort*> datagramPorts;

  // --- Life -------------------------------------------------------------------------------------

  void startRunning();
  void stop();
  void crash();
  void restart();
  /// Changes when it crashes: what is from another life must not run.
  std::uint64_t life() const { return life_; }
  enum class State { idle, starting, running, stopping };
  State state = State::idle;
  /// From now on nothing new is connected, and lingering closes hurry.
  bool stopping = false;
  EventTriggers& triggers() { return *triggers_; }

  void callInThread(UniqueFunction<void()> call);

  detail::SimulatedResolver resolver;
  std::shared_ptr<NameResolver> installedResolver;  // null: the one above

 private:
  void callbacksDone() {
    if (!turns_.empty() && !givingTurns_) giveTurns();
  }
  void giveTurns();
  void timersChanged() override;
  void armTimer();
  void runTimers();
  void shutDownMembers();
  void endMembers();
  void drain();
  void watchDrain();
  void finishShutdown();

  int depth_ = 0;  // of Callbacks
  bool givingTurns_ = false;
  bool turnsPosted_ = false;
  std::vector<std::shared_ptr<detail::SimulatedConnection>> turns_;

  TimerQueue timers_;
  DelayedCall alarm_;
  bool runningTimers_ = false;

  std::map<std::uint64_t, detail::HostMember*> members_;
  std::uint64_t nextMember_ = 1;
  std::uint16_t nextFreePort_ = 49152;
  std::uint16_t nextLocalPort_ = 32768;

  std::optional<EventTriggers> triggers_;
  TimePoint drainDeadline_;
  std::size_t threadCalls_ = 0;
  std::uint64_t life_ = 0;
};

}  // namespace plait::testing
