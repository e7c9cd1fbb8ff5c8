// bench_load: loads a server that echoes, verifies every byte of every reply, and prints one line
// of JSON. Exit status 1, and one line on standard error, when anything was wrong.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "common/descriptor_limit.hpp"
#include "load/load.hpp"
#include "load/options.hpp"
#include "load/server_cpu.hpp"

namespace bench {
namespace {

double percentileMicroseconds(std::vector<std::chrono::nanoseconds>& values, double share) {
  const auto index = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return std::chrono::duration<double, std::micro>(values[index]).count();
}

void measure(const Options& options) {
  std::optional<ServerCpu> cpu;
  if (options.serverPid != 0) cpu.emplace(options.serverPid);

  Load load(options);
  if (options.warmup != 0) load.run(options.warmup, 0);
  load.settle();
  const auto before = cpu ? cpu->nanoseconds() : 0;
  PhaseResult result = load.run(options.requests, options.seconds);
  load.settle();
  const auto after = cpu ? cpu->nanoseconds() : 0;

  const std::string perRequest =
      cpu ? fmt::format("{:.1f}", static_cast<double>(after - before) / result.requests) : "null";
  const std::string source = cpu ? fmt::format("\"{}\"", cpu->source()) : "null";
  fmt::print(
      "{{\"requests\": {}, \"wall_seconds\": {:.6f}, \"server_cpu_ns_per_request\": {}, "
      "\"cpu_source\": {}, \"latency_p50_us\": {:.1f}, \"latency_p99_us\": {:.1f}, "
      "\"errors\": 0}}\n",
      result.requests, result.wall.count(), perRequest, source,
      percentileMicroseconds(result.latencies, 0.50),
      percentileMicroseconds(result.latencies, 0.99));
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const bench::Options options = bench::parseOptions(argc, argv);
  bench::raiseDescriptorLimit();
  bench::measure(options);
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_load: {}\n", error.what());
  return 1;
}
