// What Deferreds cost. Beside other ways to the same end: bench_deferred.

#include <benchmark/benchmark.h>

#include <plait/deferred/deferred.hpp>
#include <stdexcept>
#include <utility>

namespace {

using plait::Deferred;

void check(bool done) {
  if (!done) throw std::logic_error("a callback was lost");
}

/// A chain of as many callbacks as the argument says, fired when it is complete.
void deferredChain(benchmark::State& state) {
  long sum = 0;
  for (auto _ : state) {
    Deferred<int> deferred;
    Deferred<int> last = deferred;
    for (int i = 0; i < state.range(0); ++i) last = last.addCallback([](int x) { return x + 1; });
    last.addCallback([&](int x) { sum += x; });
    deferred.callback(0);
  }
  check(sum == static_cast<long>(state.iterations()) * state.range(0));
}
BENCHMARK(deferredChain)->Arg(0)->Arg(2)->Arg(16);

void deferredFiredBefore(benchmark::State& state) {
  long sum = 0;
  for (auto _ : state) {
    Deferred<int> deferred;
    deferred.callback(1);
    deferred.addCallback([&](int x) { sum += x; });
  }
  check(sum == static_cast<long>(state.iterations()));
}
BENCHMARK(deferredFiredBefore);

/// A callback that returns a Deferred, fired later.
void deferredFlattened(benchmark::State& state) {
  long sum = 0;
  for (auto _ : state) {
    Deferred<int> outer;
    Deferred<int> inner;
    outer.addCallback([inner](int) { return inner; }).addCallback([&](int x) { sum += x; });
    outer.callback(0);
    inner.callback(1);
  }
  check(sum == static_cast<long>(state.iterations()));
}
BENCHMARK(deferredFlattened);

Deferred<int> addOne(Deferred<int> source) {
  co_return co_await std::move(source) + 1;
}

void deferredCoroutine(benchmark::State& state) {
  long sum = 0;
  for (auto _ : state) {
    Deferred<int> deferred;
    addOne(deferred).addCallback([&](int x) { sum += x; });
    deferred.callback(0);
  }
  check(sum == static_cast<long>(state.iterations()));
}
BENCHMARK(deferredCoroutine);

}  // namespace
