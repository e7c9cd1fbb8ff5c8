// Bytes a second through each receiver, in messages of 64 bytes that come in chunks of several
// sizes; and through memchr alone, which every receiver of lines has to pay for.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstring>
#include <memory>
#include <plait/intstring/int_n_string_receiver.hpp>
#include <plait/line/line_only_receiver.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <plait/testing/string_transport.hpp>
#include <stdexcept>

namespace {

using plait::Bytes;
using plait::BytesView;

constexpr std::size_t kMessages = 4096;
constexpr std::size_t kMessageSize = 64;

template <class Receiver>
struct Lines : Receiver {
  void lineReceived(BytesView line) override { bytes += line.size(); }
  static Bytes frame(const Bytes& text) { return text + "\r\n"; }
  std::size_t bytes = 0;
};

template <class Receiver>
struct Strings : Receiver {
  void stringReceived(BytesView string) override { bytes += string.size(); }
  std::size_t bytes = 0;
};

struct Netstrings : Strings<plait::NetstringReceiver> {
  static Bytes frame(const Bytes& text) { return fmt::format("{}:{},", text.size(), text); }
};

template <class Receiver, int PrefixSize>
struct IntStrings : Strings<Receiver> {
  static Bytes frame(const Bytes& text) {
    Bytes framed;
    for (int i = PrefixSize; i-- > 0;) framed += static_cast<char>(text.size() >> (8 * i));
    return framed + text;
  }
};

template <class Receiver>
Bytes stream() {
  Bytes all;
  const Bytes frame = Receiver::frame(Bytes(kMessageSize, 'x'));
  for (std::size_t i = 0; i < kMessages; ++i) all += frame;
  return all;
}

void countBytes(benchmark::State& state, BytesView bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

template <class Receiver>
void receive(benchmark::State& state) {
  const Bytes bytes = stream<Receiver>();
  const auto chunk = static_cast<std::size_t>(state.range(0));
  const auto receiver = std::make_shared<Receiver>();
  receiver->makeConnection(std::make_shared<plait::testing::StringTransport>());
  for (auto _ : state) {
    for (std::size_t at = 0; at < bytes.size(); at += chunk) {
      receiver->dataReceived(BytesView(bytes).substr(at, chunk));
    }
  }
  if (receiver->bytes != static_cast<std::size_t>(state.iterations()) * kMessages * kMessageSize) {
    throw std::logic_error("bytes were lost");
  }
  countBytes(state, bytes);
}

using LineReceiver = Lines<plait::LineReceiver>;
using LineOnlyReceiver = Lines<plait::LineOnlyReceiver>;
using NetstringReceiver = Netstrings;
using Int8StringReceiver = IntStrings<plait::Int8StringReceiver, 1>;
using Int16StringReceiver = IntStrings<plait::Int16StringReceiver, 2>;
using Int32StringReceiver = IntStrings<plait::Int32StringReceiver, 4>;

void chunks(benchmark::internal::Benchmark* benchmark) {
  benchmark->Arg(1)->Arg(64)->Arg(1460)->Arg(64 * 1024);
}

BENCHMARK_TEMPLATE(receive, LineReceiver)->Apply(chunks);
BENCHMARK_TEMPLATE(receive, LineOnlyReceiver)->Apply(chunks);
BENCHMARK_TEMPLATE(receive, NetstringReceiver)->Apply(chunks);
BENCHMARK_TEMPLATE(receive, Int8StringReceiver)->Apply(chunks);
BENCHMARK_TEMPLATE(receive, Int16StringReceiver)->Apply(chunks);
BENCHMARK_TEMPLATE(receive, Int32StringReceiver)->Apply(chunks);

void memchrAlone(benchmark::State& state) {
  const Bytes bytes = stream<LineReceiver>();
  const char* const end = bytes.data() + bytes.size();
  for (auto _ : state) {
    std::size_t found = 0;
    const char* at = bytes.data();
    while ((
        at = static_cast<const char*>(std::memchr(at, '\r', static_cast<std::size_t>(end - at))))) {
      ++found;
      ++at;
    }
    if (found != kMessages) throw std::logic_error("lines were lost");
  }
  countBytes(state, bytes);
}
BENCHMARK(memchrAlone);

}  // namespace
