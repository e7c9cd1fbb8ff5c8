#pragma once

#include <atomic>
#include <plait/policies/traffic_log.hpp>
#include <plait/policies/wrapping_factory.hpp>

namespace plait {

/// Records what the connections of a factory receive and write. Above TLS, that is plain text:
/// mind what is in it. Twisted: `TrafficLoggingFactory`.
///
///     auto file = std::make_shared<TrafficFile>("/tmp/chat.pcapng");
///     reactor.listenTCP(8000, std::make_shared<TrafficLoggingFactory>(
///         factory, std::make_shared<PcapngTrafficLog>(file)));
///
/// Several factories may share a log, which numbers their connections.
///
/// Thread: as for the wrapped factory.
class TrafficLoggingFactory : public WrappingFactory {
 public:
  /// std::invalid_argument when there is no log.
  TrafficLoggingFactory(std::shared_ptr<Factory> wrapped, std::shared_ptr<TrafficLog> log);

  void startedConnecting(Connector& connector) override;

 protected:
  std::shared_ptr<ProtocolWrapper> wrap(std::shared_ptr<Protocol> protocol,
                                        const Address& address) override;

 private:
  std::shared_ptr<TrafficLog> log_;
  std::atomic<bool> connects_ = false;  // a client's: its connections are outgoing
};

}  // namespace plait
