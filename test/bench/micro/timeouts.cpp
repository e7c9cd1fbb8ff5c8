// What an idle timeout costs a message: a reset, beside the reset of a timer, and a line that
// resets one beside a line that does not.

#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <plait/core/timer_queue.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/policies/timeout_mixin.hpp>
#include <plait/testing/string_transport.hpp>
#include <stdexcept>

namespace {

using namespace std::chrono_literals;
using plait::TimePoint;

/// The real clock, as a reactor has it.
class RealTime : public plait::ReactorTime, private plait::TimerQueue::Owner {
 public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
  plait::DelayedCall callLater(plait::Duration delay, plait::UniqueFunction<void()> call) override {
    return queue_.add(plait::later(now(), delay), std::move(call));
  }

 private:
  plait::TimerQueue queue_{*this};
};

struct RealTransport : plait::testing::StringTransport {
  explicit RealTransport(plait::ReactorTime& time) : real(time) {}
  plait::ReactorTime& clock() const override { return real; }
  plait::ReactorTime& real;
};

struct Session : plait::LineReceiver, plait::TimeoutMixin {
  void lineReceived(plait::BytesView line) override {
    resetTimeout();
    bytes += line.size();
  }
  std::size_t bytes = 0;
};

void timeoutReset(benchmark::State& state) {
  RealTime time;
  const auto session = std::make_shared<Session>();
  session->makeConnection(std::make_shared<RealTransport>(time));
  session->setTimeout(60s);
  for (auto _ : state) {
    session->resetTimeout();
    benchmark::ClobberMemory();
  }
}
BENCHMARK(timeoutReset);

void delayedCallReset(benchmark::State& state) {
  RealTime time;
  plait::DelayedCall call = time.callLater(60s, [] {});
  for (auto _ : state) call.reset(60s);
  if (!call.active()) throw std::logic_error("the timer was lost");
}
BENCHMARK(delayedCallReset);

/// 32 pipelined lines; the argument is whether a timeout is set.
void linesWithTimeout(benchmark::State& state) {
  RealTime time;
  const auto session = std::make_shared<Session>();
  session->makeConnection(std::make_shared<RealTransport>(time));
  if (state.range(0) != 0) session->setTimeout(60s);
  plait::Bytes lines;
  for (int i = 0; i < 32; ++i) lines += plait::Bytes(64, 'x') + "\r\n";
  for (auto _ : state) session->dataReceived(lines);
  if (session->bytes != static_cast<std::size_t>(state.iterations()) * 32 * 64)
    throw std::logic_error("lines were lost");
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * 32));
}
BENCHMARK(linesWithTimeout)->Arg(0)->Arg(1);

}  // namespace
