#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

#include "round.hpp"

namespace {

/// A whole number of these bounds, the whole argument.
bool number(std::string_view text, std::uint64_t least, std::uint64_t most, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= least &&
         value <= most;
}

}  // namespace

/// hammer SECONDS [SEED [TIMES]]: plays rounds, from that seed (1) on, for so many seconds; or the
/// one of that seed so many times, however long that takes. Exit status: 1 when a promise was
/// broken; the round is shown, and how to repeat it.
int main(int count, char** arguments) {
  using Clock = std::chrono::steady_clock;
  std::uint64_t seconds = 0, first = 1, times = 0;
  if (count < 2 || count > 4 || !number(arguments[1], 1, 1'000'000, seconds) ||
      (count > 2 && !number(arguments[2], 0, UINT64_MAX, first)) ||
      (count > 3 && !number(arguments[3], 1, UINT64_MAX, times))) {
    std::fputs("usage: hammer SECONDS [SEED [TIMES]], whole numbers; SECONDS, TIMES from 1\n",
               stderr);
    return 2;
  }
  const auto deadline = Clock::now() + std::chrono::seconds(seconds);
  std::uint64_t rounds = 0;
  std::uint64_t connections = 0, callbacks = 0, bytes = 0;
  for (; times == 0 ? Clock::now() < deadline : rounds < times; ++rounds) {
    const std::uint64_t seed = times == 0 ? first + rounds : first;
    plait::stress::Verdict verdict;
    plait::stress::playRound(seed, verdict);
    connections += verdict.connections;
    callbacks += verdict.callbacks;
    bytes += verdict.bytes;
    if (verdict.good()) continue;
    fmt::print("seed {}:\n", seed);
    for (const std::string& wrong : verdict.wrong()) fmt::print("  {}\n", wrong);
    fmt::print("again: {} 1 {} 20\n", arguments[0], seed);
    return 1;
  }
  fmt::print("{} rounds (seeds {} to {}): {} ends of connections, {} callbacks, {} bytes\n", rounds,
             first, times == 0 ? first + rounds - 1 : first, connections, callbacks, bytes);
  return 0;
}
