#pragma once

#include <memory>
#include <plait/core/factory.hpp>
#include <plait/policies/metrics_registry.hpp>

namespace plait::app {

/// Serves `GET /metrics` over HTTP 1.0 and 1.1, a connection for each request: what Prometheus asks
/// for, and no web server. A request has 10 seconds to come and 8 KiB to say what it wants.
std::shared_ptr<Factory> metricsPageFactory(std::shared_ptr<MetricsRegistry> metrics);

}  // namespace plait::app
