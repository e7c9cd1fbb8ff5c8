#pragma once

#include <map>
#include <mutex>
#include <plait/policies/metrics.hpp>
#include <plait/policies/wrapping_factory.hpp>

namespace plait {

namespace detail {
class ConnectionMeter;
}

/// Counts what the connections of a factory do:
///
/// | | |
/// |---|---|
/// | `plait_connections_opened_total` | connections made |
/// | `plait_connections_refused_total` | those for which the wrapped factory had no protocol |
/// | `plait_connections_lost_total` | those that ended; label `reason`, the reason's class |
/// | `plait_connections_open` | those there are |
/// | `plait_received_bytes_total`, `plait_sent_bytes_total` | what they have moved |
/// | `plait_buffered_bytes` | what was written and waits to be sent |
///
/// Bytes are not counted one message at a time: a connection on which something happens is asked
/// for its own counts, up to a second later, and at its end.
///
/// Thread: as for the wrapped factory. On several reactors each counts for itself.
class MetricsFactory : public WrappingFactory {
 public:
  /// `labels`, such as the listener, are those of all its numbers. `metrics` must not be null.
  MetricsFactory(std::shared_ptr<Factory> wrapped, std::shared_ptr<Metrics> metrics,
                 MetricLabels labels = {});
  ~MetricsFactory() override;

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;

  /// The writers of the reactor whose clock this is. For its wrappers.
  std::shared_ptr<detail::ConnectionMeter> meterFor(ReactorTime& clock);

 protected:
  std::shared_ptr<ProtocolWrapper> wrap(std::shared_ptr<Protocol> protocol,
                                        const Address& address) override;

 private:
  std::shared_ptr<Metrics> metrics_;
  MetricLabels labels_;
  std::mutex mutex_;
  std::shared_ptr<Counter> refused_;
  std::map<const ReactorTime*, std::shared_ptr<detail::ConnectionMeter>> meters_;
};

}  // namespace plait
