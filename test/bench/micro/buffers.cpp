// What a small write costs in the output buffer, and a frame in the input buffer.

#include <benchmark/benchmark.h>

#include <array>
#include <plait/core/frame_buffer.hpp>
#include <plait/core/output_buffer.hpp>
#include <plait/core/put_area.hpp>
#include <stdexcept>

namespace {

using plait::Bytes;
using plait::BytesView;

constexpr int kBatch = 32;  // messages a callback

void perMessage(benchmark::State& state) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kBatch));
}

/// Writes of one size, then all of them sent at once.
void outputBufferAppend(benchmark::State& state) {
  plait::BlockPool pool;
  plait::OutputBuffer out(pool);
  const Bytes message(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    for (int i = 0; i < kBatch; ++i) out.append(BytesView(message));
    if (out.size() != kBatch * message.size()) throw std::logic_error("bytes were lost");
    std::array<BytesView, 64> pieces;
    benchmark::DoNotOptimize(out.gather(pieces));
    out.consume(out.size());
  }
  perMessage(state);
}
BENCHMARK(outputBufferAppend)->Arg(2)->Arg(64)->Arg(1024);

void putAreaPut(benchmark::State& state) {
  std::array<char, plait::BlockPool::kBlockSize> memory;
  plait::PutArea area;
  const Bytes message(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    area.open(memory.data(), memory.size());
    for (int i = 0; i < kBatch; ++i) area.put(message, "\r\n");
    benchmark::ClobberMemory();
    if (area.size() != kBatch * (message.size() + 2)) throw std::logic_error("bytes were lost");
  }
  perMessage(state);
}
BENCHMARK(putAreaPut)->Arg(2)->Arg(64);

/// A chunk of frames, taken out in place.
void frameBufferTake(benchmark::State& state) {
  plait::FrameBuffer in;
  const Bytes chunk(64 * kBatch, 'x');
  for (auto _ : state) {
    in.append(chunk);
    while (!in.empty()) benchmark::DoNotOptimize(in.take(64).data());
    in.keep();
  }
  perMessage(state);
}
BENCHMARK(frameBufferTake);

/// A frame in two pieces, each of which waits for the other.
void frameBufferJoin(benchmark::State& state) {
  plait::FrameBuffer in;
  const Bytes chunk(64, 'x');
  for (auto _ : state) {
    in.append(BytesView(chunk).substr(0, 32));
    in.keep();
    in.append(BytesView(chunk).substr(32));
    if (in.take(64) != chunk) throw std::logic_error("bytes were lost");
    in.keep();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}
BENCHMARK(frameBufferJoin);

}  // namespace
