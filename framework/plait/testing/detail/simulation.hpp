#pragma once

#include <plait/core/log.hpp>
#include <plait/core/timer_queue.hpp>
#include <plait/testing/simulated_random.hpp>
#include <string_view>

namespace plait::testing::detail {

/// What the trace tells of. Its names are in simulation.cpp; a new one goes to the end.
enum class Happening : std::uint8_t {
  timer,
  call,
  lookup,
  attempt,
  refused,
  connected,
  accepted,
  segment,
  room,
  window,
  endOfFile,
  reset,
  gaveUp,
  datagram,
  datagramLost,
  crash,
  restart,
  partition,
  repair,
  hold,
  release,
};

/// The time of a simulation, its chances, and what happens in which order; and the trace of it.
class Simulation final : private TimerQueue::Owner {
 public:
  explicit Simulation(std::uint64_t seed) : random(seed), queue_(*this) {}

  SimulatedRandom random;

  TimePoint now() const override { return now_; }
  /// Makes `call` at `when`, or now if that has passed; first come, first served.
  DelayedCall at(TimePoint when, UniqueFunction<void()> call) {
    return queue_.add(std::max(when, now_), std::move(call));
  }
  DelayedCall after(Duration delay, UniqueFunction<void()> call) {
    return at(later(now_, delay), std::move(call));
  }
  DelayedCall soon(UniqueFunction<void()> call) { return at(now_, std::move(call)); }

  /// Makes the next call, if it is due by `limit`; false when there is none.
  bool step(TimePoint limit);
  /// Nothing is due by `moment`: it comes.
  void advance(TimePoint moment) { now_ = std::max(now_, moment); }
  /// True while a call is being made.
  bool busy() const { return busy_; }
  /// Nothing is to come.
  bool idle() const { return queue_.size() == 0; }
  /// Forgets everything that is to come.
  void clear() { queue_.clear(); }

  // --- The trace --------------------------------------------------------------------------------

  /// `what` has happened to number `id` (of its kind) of a host; `size` says how much.
  void trace(Happening what, std::uint32_t host, std::uint64_t id = 0, std::uint64_t size = 0) {
    ++events_;
    note(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    note((static_cast<std::uint64_t>(what) << 56) ^ (static_cast<std::uint64_t>(host) << 40) ^ id);
    note(size);
    if (line_) say(what, host, id, size);
  }
  std::uint64_t traceHash() const { return hash_; }
  std::uint64_t events() const { return events_; }
  void traceTo(UniqueFunction<void(std::string_view)> line) { line_ = std::move(line); }
  /// How lines call a host.
  void nameHost(std::uint32_t host, const std::string& name);

 private:
  void note(std::uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9fb21c651e98df25;
    hash_ ^= hash_ >> 32;
  }
  void say(Happening what, std::uint32_t host, std::uint64_t id, std::uint64_t size);

  TimePoint now_{};
  TimerQueue queue_;
  bool busy_ = false;
  std::uint64_t callsAtOnce_ = 0;  // without that time has passed
  std::uint64_t hash_ = 0xcbf29ce484222325;
  std::uint64_t events_ = 0;
  UniqueFunction<void(std::string_view)> line_;
  std::vector<std::string> hostNames_;
};

}  // namespace plait::testing::detail
