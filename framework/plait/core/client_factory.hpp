#pragma once

#include <plait/core/connector.hpp>
#include <plait/core/factory.hpp>

namespace plait {

/// A factory for `connectTCP` and its siblings, told how the attempt fares. Twisted:
/// `ClientFactory`.
///
/// Order: `startedConnecting`; then either `clientConnectionFailed`, or `buildProtocol`, the
/// protocol's life, and `clientConnectionLost` after its `connectionLost`. Both endings may call
/// `connector.connect()` to try again.
class ClientFactory : public Factory {
 public:
  /// Factory::forProtocol, for clients.
  template <class P, class... Args>
  static std::shared_ptr<ClientFactory> forProtocol(Args... args) {
    return std::make_shared<detail::ProtocolFactory<ClientFactory, P, Args...>>(std::move(args)...);
  }

  virtual void startedConnecting(Connector&) {}
  /// No connection came about: a ConnectError (refused, timed out, not found, ...).
  virtual void clientConnectionFailed(Connector&, const Failure&) {}
  /// The connection is over.
  virtual void clientConnectionLost(Connector&, const Failure&) {}
};

}  // namespace plait
