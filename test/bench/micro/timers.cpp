// What a timer costs while 100,000 are pending: to arm one, to move one, to cancel one, to run one.

#include <benchmark/benchmark.h>
#include <time.h>

#include <chrono>
#include <plait/core/timer_queue.hpp>
#include <random>
#include <stdexcept>
#include <vector>

namespace {

using namespace std::chrono_literals;
using plait::DelayedCall;
using plait::Duration;
using plait::TimePoint;

constexpr std::size_t kPending = 100'000;
/// Operations between two readings of the clock that measures, which costs as much as one of them.
constexpr std::size_t kBatch = 1000;

/// How far ahead the calls are.
enum Deadlines { scattered, equal, idleTimeouts };

struct RealTime : plait::TimerQueue::Owner {
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
};

/// 100,000 pending calls, as a reactor would have them.
struct Timers {
  explicit Timers(Deadlines deadlines) : deadlines(deadlines) {
    for (std::size_t i = 0; i < kPending; ++i) calls.push_back(arm());
  }

  DelayedCall arm() {
    return queue.add(plait::later(deadlines == equal ? start : owner.now(), delay()),
                     [this] { ++ran; });
  }
  Duration delay() {
    return deadlines == scattered ? std::chrono::milliseconds(1'000'000 + random() % 60'000)
                                  : Duration(1060s);
  }
  /// One of the calls: for idle timeouts the one not touched for longest, else any.
  DelayedCall& victim() {
    return calls[deadlines == idleTimeouts ? next++ % kPending : random() % kPending];
  }
  void check() const {
    if (queue.size() != kPending) throw std::logic_error("timers were lost");
  }

  const Deadlines deadlines;
  RealTime owner;
  const TimePoint start = owner.now();
  std::minstd_rand random;
  std::size_t next = 0;
  plait::TimerQueue queue{owner};
  std::vector<DelayedCall> calls;
  std::size_t ran = 0;
};

/// CPU time of this thread: a busy machine does not count.
double cpuTime() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class Call>
double seconds(Call&& call) {
  const double began = cpuTime();
  call();
  return cpuTime() - began;
}

void perOperation(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBatch));
}

void timerArm(benchmark::State& state, Deadlines deadlines) {
  Timers timers(deadlines);
  std::vector<DelayedCall> armed(kBatch);
  for (auto _ : state) {
    state.SetIterationTime(seconds([&] {
      for (DelayedCall& call : armed) call = timers.arm();
    }));
    for (DelayedCall& call : armed) call.cancel();
  }
  timers.check();
  perOperation(state);
}

void timerReset(benchmark::State& state, Deadlines deadlines) {
  Timers timers(deadlines);
  for (auto _ : state) {
    state.SetIterationTime(seconds([&] {
      for (std::size_t i = 0; i < kBatch; ++i) timers.victim().reset(timers.delay());
    }));
  }
  timers.check();
  perOperation(state);
}

void timerCancel(benchmark::State& state, Deadlines deadlines) {
  Timers timers(deadlines);
  std::vector<DelayedCall*> victims(kBatch);
  for (auto _ : state) {
    for (DelayedCall*& victim : victims) victim = &timers.victim();
    state.SetIterationTime(seconds([&] {
      for (DelayedCall* victim : victims) victim->cancelIfActive();
    }));
    for (DelayedCall* victim : victims) {
      if (!victim->active()) *victim = timers.arm();
    }
  }
  timers.check();
  perOperation(state);
}

/// A call that comes due, is run, and armed anew.
void timerRun(benchmark::State& state, Deadlines deadlines) {
  Timers timers(deadlines);
  for (auto _ : state) {
    state.SetIterationTime(seconds([&] {
      for (std::size_t i = 0; i < kBatch; ++i) timers.queue.take(TimePoint::max())();
    }));
    for (DelayedCall& call : timers.calls) {
      if (!call.active()) call = timers.arm();
    }
  }
  timers.check();
  if (timers.ran != static_cast<std::size_t>(state.iterations()) * kBatch)
    throw std::logic_error("timers did not run");
  perOperation(state);
}

BENCHMARK_CAPTURE(timerArm, scattered, scattered)->UseManualTime();
BENCHMARK_CAPTURE(timerArm, equal, equal)->UseManualTime();
BENCHMARK_CAPTURE(timerArm, idleTimeouts, idleTimeouts)->UseManualTime();
BENCHMARK_CAPTURE(timerReset, scattered, scattered)->UseManualTime();
BENCHMARK_CAPTURE(timerReset, equal, equal)->UseManualTime();
BENCHMARK_CAPTURE(timerReset, idleTimeouts, idleTimeouts)->UseManualTime();
BENCHMARK_CAPTURE(timerCancel, scattered, scattered)->UseManualTime();
BENCHMARK_CAPTURE(timerCancel, equal, equal)->UseManualTime();
BENCHMARK_CAPTURE(timerCancel, idleTimeouts, idleTimeouts)->UseManualTime();
BENCHMARK_CAPTURE(timerRun, scattered, scattered)->UseManualTime();
BENCHMARK_CAPTURE(timerRun, idleTimeouts, idleTimeouts)->UseManualTime();

/// What reading the clock is, of each of these.
void clockRead(benchmark::State& state) {
  const RealTime time;
  for (auto _ : state) benchmark::DoNotOptimize(time.now());
}
BENCHMARK(clockRead);

}  // namespace
