// Shows that the receivers' cost is linear in the bytes received, however they are split: the same
// message stream, and twice as much of it, fed in chunks of several sizes. One long message cut
// into small pieces is where buffering receivers go quadratic, so that is fed, too.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <plait/intstring/int_n_string_receiver.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <plait/testing/string_transport.hpp>
#include <stdexcept>
#include <string>

namespace {

constexpr std::size_t kMost = 1 << 26;

struct Lines : plait::LineReceiver {
  Lines() : LineReceiver({.maxLength = kMost}) {}
  void lineReceived(plait::BytesView line) override { bytes += line.size(); }
  std::size_t bytes = 0;
};

struct Netstrings : plait::NetstringReceiver {
  Netstrings() : NetstringReceiver({.maxLength = kMost}) {}
  void stringReceived(plait::BytesView string) override { bytes += string.size(); }
  std::size_t bytes = 0;
};

struct IntStrings : plait::Int32StringReceiver {
  IntStrings() : Int32StringReceiver({.maxLength = kMost}) {}
  void stringReceived(plait::BytesView string) override { bytes += string.size(); }
  std::size_t bytes = 0;
};

std::string frame(const Lines&, const std::string& text) {
  return text + "\r\n";
}
std::string frame(const Netstrings&, const std::string& text) {
  return fmt::format("{}:{},", text.size(), text);
}
std::string frame(const IntStrings&, const std::string& text) {
  std::string prefix;
  for (int shift : {24, 16, 8, 0}) prefix += static_cast<char>(text.size() >> shift);
  return prefix + text;
}

/// Nanoseconds a byte for `total` bytes in messages of `size`, fed in chunks of `chunk`.
template <class Receiver>
double measure(std::size_t total, std::size_t size, std::size_t chunk) {
  const std::string one = frame(Receiver(), std::string(size, 'x'));
  std::string stream;
  while (stream.size() < total) stream += one;
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const auto receiver = std::make_shared<Receiver>();
    receiver->makeConnection(std::make_shared<plait::testing::StringTransport>());
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t at = 0; at < stream.size(); at += chunk) {
      receiver->dataReceived(plait::BytesView(stream).substr(at, chunk));
    }
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    if (receiver->bytes != stream.size() / one.size() * size) throw std::logic_error("bytes lost");
    best = std::min(best, took.count() / static_cast<double>(stream.size()));
  }
  return best;
}

template <class Receiver>
void report(const char* name) {
  constexpr std::size_t kTotal = 1 << 20;
  for (std::size_t chunk :
       {std::size_t{1}, std::size_t{64}, std::size_t{1460}, std::size_t{65536}}) {
    const double small = measure<Receiver>(kTotal, 64, chunk);
    const double smallTwice = measure<Receiver>(2 * kTotal, 64, chunk);
    const double large = measure<Receiver>(kTotal, kTotal - 16, chunk);
    const double largeTwice = measure<Receiver>(2 * kTotal, 2 * kTotal - 16, chunk);
    fmt::print("| {} | {} | {:.3f} | {:.2f} | {:.3f} | {:.2f} |\n", name, chunk, small,
               smallTwice / small, large, largeTwice / large);
  }
}

}  // namespace

int main() {
  fmt::print(
      "Nanoseconds a byte, and how that changes when there is twice as much (linear: 1.00).\n\n"
      "| receiver | chunk | 64-byte messages, ns/B | twice as many | one of 1 MiB, ns/B | of 2 MiB "
      "|\n| --- | ---: | ---: | ---: | ---: | ---: |\n");
  report<Lines>("lines");
  report<Netstrings>("netstrings");
  report<IntStrings>("int32 strings");
}
