#include <plait/policies/detail/recorded_connection.hpp>
#include <plait/policies/traffic_logging_factory.hpp>
#include <stdexcept>

namespace plait {

TrafficLoggingFactory::TrafficLoggingFactory(std::shared_ptr<Factory> wrapped,
                                             std::shared_ptr<TrafficLog> log)
    : WrappingFactory(std::move(wrapped)), log_(std::move(log)) {
  if (!log_) throw std::invalid_argument("TrafficLoggingFactory: there is no log");
}

void TrafficLoggingFactory::startedConnecting(Connector& connector) {
  connects_ = true;
  WrappingFactory::startedConnecting(connector);
}

std::shared_ptr<ProtocolWrapper> TrafficLoggingFactory::wrap(std::shared_ptr<Protocol> protocol,
                                                             const Address&) {
  return std::make_shared<detail::RecordedConnection>(std::move(protocol), log_, log_->nextNumber(),
                                                      connects_);
}

}  // namespace plait
