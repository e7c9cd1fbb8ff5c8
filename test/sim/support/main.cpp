#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <plait/testing/simulated_network.hpp>

#include "../scenarios/all_scenarios.hpp"
#include "play.hpp"

/// Plays scenarios. `test_sim --help` tells how.
namespace plait::sim {
namespace {

constexpr const char* kUsage =
    R"(test_sim [--scenario=NAME] [--seed=N] [--seeds=N] [--trace] [--twice]
  --scenario  only this one; otherwise all, one behind the other
  --seed      the first seed, 1
  --seeds     how many seeds, 1; not 0
  --trace     what happens, line by line, on stdout
  --twice     each seed two times: both must leave the same trace
  --list      the names of the scenarios
)";

struct Options {
  std::string scenario;
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  bool trace = false;
  bool twice = false;
};

bool number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse(std::string_view argument, Options& options) {
  const std::size_t equals = argument.find('=');
  const std::string_view value = equals == argument.npos ? "" : argument.substr(equals + 1);
  const std::string_view name = argument.substr(0, equals);
  if (name == "--scenario") options.scenario = value;
  if (name == "--trace") options.trace = true;
  if (name == "--twice") options.twice = true;
  if (name == "--seed") return number(value, options.seed);
  if (name == "--seeds") return number(value, options.seeds) && options.seeds > 0;
  return name == "--scenario" || name == "--trace" || name == "--twice";
}

/// What all runs together came to.
struct Sum {
  std::uint64_t runs = 0;
  std::uint64_t connections = 0;
  std::uint64_t events = 0;
  Duration time{};
  std::uint64_t traces = 0;  // of all: equal in every build
};

bool playOne(const Scenario& scenario, std::uint64_t seed, const Options& options, Sum& sum) {
  Outcome outcome = play(scenario, seed, options.trace);
  if (options.twice && outcome.failures.empty()) {
    const Outcome again = play(scenario, seed, false);
    if (again.traceHash != outcome.traceHash) {
      outcome.failures.push_back("the same seed has left another trace the second time");
    }
  }
  ++sum.runs;
  sum.connections += outcome.connections;
  sum.events += outcome.events;
  sum.time += outcome.time;
  sum.traces = std::rotl(sum.traces, 1) ^ outcome.traceHash;
  if (outcome.failures.empty()) return true;
  fmt::print(stderr, "FAILED: {}, seed {}\n", scenario.name, seed);
  for (const std::string& failure : outcome.failures) fmt::print(stderr, "  {}\n", failure);
  fmt::print(stderr, "Again: test/sim/run --scenario={} --seed={} --trace\n", scenario.name, seed);
  return false;
}

int playAll(const Options& options) {
  Sum sum;
  int failed = 0;
  bool known = false;
  const auto start = std::chrono::steady_clock::now();
  for (const Scenario& scenario : allScenarios()) {
    if (!options.scenario.empty() && options.scenario != scenario.name) continue;
    known = true;
    for (std::uint64_t i = 0; i < options.seeds; ++i) {
      if (!playOne(scenario, options.seed + i, options, sum)) ++failed;
    }
  }
  if (!known) {
    fmt::print(stderr, "test_sim: there is no scenario '{}'\n", options.scenario);
    return 2;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const double hours = std::chrono::duration<double>(sum.time).count() / 3600;
  fmt::print(
      "{} runs, {} failed; {} simulated connections, {:.1f} simulated hours, {} events in "
      "{:.1f} s, {:.0f} a second; traces {:016x}\n",
      sum.runs, failed, sum.connections, hours, sum.events, took.count(),
      static_cast<double>(sum.events) / std::max(took.count(), 1e-9), sum.traces);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace plait::sim

int main(int argc, char** argv) {
  using namespace plait::sim;
  Options options;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--list") == 0) {
      for (const Scenario& scenario : allScenarios()) std::puts(scenario.name);
      return 0;
    }
    if (parse(argv[i], options)) continue;
    std::fputs(kUsage, std::strcmp(argv[i], "--help") == 0 ? stdout : stderr);
    return std::strcmp(argv[i], "--help") == 0 ? 0 : 2;
  }
  return playAll(options);
}
