// What a UniqueFunction costs to make, move and call, by what it captures.

#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <plait/core/unique_function.hpp>
#include <stdexcept>

namespace {

using Function = plait::UniqueFunction<void()>;

/// Made, moved twice (as into callLater and on into the queue) and called.
template <class Capture>
void uniqueFunction(benchmark::State& state) {
  long calls = 0;
  Capture capture{};
  for (auto _ : state) {
    Function made([&calls, capture] {
      benchmark::DoNotOptimize(&capture);
      ++calls;
    });
    Function moved(std::move(made));
    Function kept;
    kept = std::move(moved);
    kept();
  }
  if (calls != static_cast<long>(state.iterations())) throw std::logic_error("calls were lost");
}
using Pointer = void*;
using SharedPointer = std::shared_ptr<int>;
using TooLarge = std::array<void*, 8>;
BENCHMARK_TEMPLATE(uniqueFunction, Pointer);
BENCHMARK_TEMPLATE(uniqueFunction, SharedPointer);
BENCHMARK_TEMPLATE(uniqueFunction, TooLarge);

}  // namespace
