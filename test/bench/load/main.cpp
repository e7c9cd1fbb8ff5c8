// bench_load: loads a server that echoes, verifies every byte of every reply, and prints one line
// of JSON. Exit status 1, and one line on standard error, when anything was wrong.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <vector>

#include "common/descriptor_limit.hpp"
#include "load/idle.hpp"
#include "load/load.hpp"
#include "load/options.hpp"
#include "load/server_account.hpp"

namespace bench {
namespace {

double percentileMicroseconds(std::vector<std::chrono::nanoseconds>& values, double share) {
  const auto index = static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return std::chrono::duration<double, std::micro>(values[index]).count();
}

void measureLoad(const Options& options) {
  const ServerAccount server(options);
  const auto load = makeLoad(options, server.process());
  if (options.warmup != 0) load->run(options.warmup, 0);
  load->settle();
  const auto calls = server.systemCalls();
  const auto cpu = server.nanoseconds();
  PhaseResult result = load->run(options.requests, options.seconds);
  load->settle();
  const std::string cpuPerRequest = server.cpuPerRequest(cpu, result.requests);
  const std::string callsPerRequest = server.systemCallsPerRequest(calls, result.requests);

  fmt::print(
      "{{\"requests\": {}, \"wall_seconds\": {:.6f}, \"server_cpu_ns_per_request\": {}, "
      "\"system_calls_per_request\": {}, \"latency_p50_us\": {:.1f}, \"latency_p99_us\": {:.1f}, "
      "\"errors\": 0}}\n",
      result.requests, result.wall.count(), cpuPerRequest, callsPerRequest,
      percentileMicroseconds(result.latencies, 0.50),
      percentileMicroseconds(result.latencies, 0.99));
}

void measureIdleConnections(const Options& options) {
  const IdleCost cost = measureIdle(options);
  fmt::print(
      "{{\"connections\": {}, \"bytes_connected\": {:.1f}, \"bytes_after_round_trip\": {:.1f}, "
      "\"cpu_ns_per_second\": {:.0f}}}\n",
      options.connections, cost.bytesConnected, cost.bytesAfterRoundTrip,
      cost.cpuNanosecondsPerSecond);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const bench::Options options = bench::parseOptions(argc, argv);
  bench::raiseDescriptorLimit();
  if (options.kind == bench::Kind::idle) {
    bench::measureIdleConnections(options);
  } else {
    bench::measureLoad(options);
  }
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_load: {}\n", error.what());
  return 1;
}
