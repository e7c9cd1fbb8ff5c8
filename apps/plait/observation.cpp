#include "observation.hpp"

#include <plait/policies/limit_total_connections_factory.hpp>
#include <plait/policies/metrics_factory.hpp>
#include <plait/policies/pcapng_traffic_log.hpp>
#include <plait/policies/text_traffic_log.hpp>
#include <plait/policies/traffic_logging_factory.hpp>

#include "endpoints.hpp"
#include "metrics_page.hpp"

namespace plait::app {

namespace {

/// Of the numbers, at once.
constexpr std::size_t kMostReaders = 100;

std::shared_ptr<TrafficLog> trafficLogIn(std::shared_ptr<TrafficFile> file,
                                         const std::string& path) {
  if (path.ends_with(".pcapng")) return std::make_shared<PcapngTrafficLog>(std::move(file));
  return std::make_shared<TextTrafficLog>(std::move(file));
}

}  // namespace

Observation::Observation(ReactorPool& pool, const ObservationOptions& options) {
  std::shared_ptr<StreamServerEndpoint> place;
  if (options.metrics) place = parseServerEndpoints(pool, {*options.metrics}).front();
  if (options.trafficLog) {
    const std::string& path = *options.trafficLog;
    trafficFile_ = std::make_shared<TrafficFile>(path, standardLog(), TrafficFile::Begin::later);
    trafficLog_ = trafficLogIn(trafficFile_, path);
  }
  if (place) serveMetrics(pool, *place);
}

void Observation::begin() const {
  if (trafficFile_) trafficFile_->begin();
  if (metrics_) Logger(standardLog(), "plait").info("metrics at {}", metricsAddress_);
}

void Observation::serveMetrics(ReactorPool& pool, StreamServerEndpoint& place) {
  metrics_ = std::make_shared<MetricsRegistry>();
  const auto port = listenNow(place, std::make_shared<LimitTotalConnectionsFactory>(
                                         metricsPageFactory(metrics_), kMostReaders));
  metricsAddress_ = place.describe(*port);
  for (std::size_t i = 0; i < pool.size(); ++i) {
    latencies_.push_back(std::make_unique<LoopLatency>(
        pool.reactor(i), *metrics_, MetricLabels{{"reactor", std::to_string(i)}}));
  }
}

std::shared_ptr<Factory> Observation::recorded(std::shared_ptr<Factory> factory) const {
  if (!trafficLog_) return factory;
  return std::make_shared<TrafficLoggingFactory>(std::move(factory), trafficLog_);
}

std::shared_ptr<Factory> Observation::counted(std::shared_ptr<Factory> factory,
                                              const std::string& listener) const {
  if (!metrics_) return factory;
  return std::make_shared<MetricsFactory>(std::move(factory), metrics_,
                                          MetricLabels{{"listener", listener}});
}

}  // namespace plait::app
