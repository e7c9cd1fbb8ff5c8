#pragma once

#include <memory>
#include <optional>
#include <plait/endpoints/stream_server_endpoint.hpp>
#include <plait/net/reactor_pool.hpp>
#include <plait/policies/loop_latency.hpp>
#include <plait/policies/metrics_registry.hpp>
#include <plait/policies/traffic_file.hpp>
#include <plait/policies/traffic_log.hpp>
#include <string>
#include <vector>

namespace plait::app {

/// What the command line wants to be told of a running program.
struct ObservationOptions {
  std::optional<std::string> trafficLog;  ///< a file; pcapng when its name ends so, else text
  std::optional<std::string> metrics;     ///< an endpoint string
};

/// What can be seen of the program from outside: a record of its traffic, and its numbers.
class Observation {
 public:
  /// Opens the file, which keeps what it holds, and the page of numbers on a reactor of `pool`.
  /// UsageError for an endpoint string that is wrong; throws why something cannot be opened.
  Observation(ReactorPool& pool, const ObservationOptions& options);

  /// To be called once all has been opened and the reactors run: begins the file anew, and tells in
  /// the log where the page is.
  void begin() const;

  /// `factory` with its traffic recorded.
  std::shared_ptr<Factory> recorded(std::shared_ptr<Factory> factory) const;
  /// `factory` with its connections counted, as those of `listener`.
  std::shared_ptr<Factory> counted(std::shared_ptr<Factory> factory,
                                   const std::string& listener) const;

 private:
  void serveMetrics(ReactorPool& pool, StreamServerEndpoint& place);

  std::shared_ptr<TrafficFile> trafficFile_;  // of the log
  std::shared_ptr<TrafficLog> trafficLog_;    // null: not recorded
  std::string metricsAddress_;
  std::shared_ptr<MetricsRegistry> metrics_;             // null: not counted
  std::vector<std::unique_ptr<LoopLatency>> latencies_;  // of each reactor
};

}  // namespace plait::app
