#include <plait/policies/detail/connection_meter.hpp>
#include <plait/policies/metrics_factory.hpp>
#include <stdexcept>

namespace plait {

MetricsFactory::MetricsFactory(std::shared_ptr<Factory> wrapped, std::shared_ptr<Metrics> metrics,
                               MetricLabels labels)
    : WrappingFactory(std::move(wrapped)),
      metrics_(std::move(metrics)),
      labels_(std::move(labels)) {
  if (!metrics_) throw std::invalid_argument("MetricsFactory: there are no metrics to write to");
  refused_ = metrics_->counter(
      {"plait_connections_refused_total", "Connections closed without a protocol.", labels_});
}

MetricsFactory::~MetricsFactory() = default;

std::shared_ptr<Protocol> MetricsFactory::buildProtocol(const Address& address) {
  auto protocol = WrappingFactory::buildProtocol(address);
  if (!protocol) {
    const std::lock_guard lock(mutex_);
    refused_->add();
  }
  return protocol;
}

std::shared_ptr<ProtocolWrapper> MetricsFactory::wrap(std::shared_ptr<Protocol> protocol,
                                                      const Address&) {
  return std::make_shared<detail::MeteredConnection>(
      std::move(protocol), std::static_pointer_cast<MetricsFactory>(shared_from_this()));
}

std::shared_ptr<detail::ConnectionMeter> MetricsFactory::meterFor(ReactorTime& clock) {
  const std::lock_guard lock(mutex_);
  auto& meter = meters_[&clock];
  if (!meter) meter = std::make_shared<detail::ConnectionMeter>(clock, metrics_, labels_);
  return meter;
}

}  // namespace plait
