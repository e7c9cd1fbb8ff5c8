#pragma once

#include <plait/core/client_factory.hpp>
#include <plait/policies/protocol_wrapper.hpp>

namespace plait {

/// A factory whose connections get the protocols of another factory, each behind a ProtocolWrapper:
/// what a policy is. For servers and, over a ClientFactory, for clients. Policies stack: one wraps
/// the other. Twisted: `WrappingFactory`.
///
///     reactor.listenTCP(8000, std::make_shared<TimeoutFactory>(factory, ...));
///
/// A policy overrides `wrap`, to have a wrapper of its own kind, or `buildProtocol`, to refuse.
/// What the wrapped factory refuses is refused.
///
/// Thread: as for the wrapped factory; `buildProtocol` may be called on the threads of all reactors
/// of a pool.
class WrappingFactory : public ClientFactory {
 public:
  /// std::invalid_argument when there is no factory.
  explicit WrappingFactory(std::shared_ptr<Factory> wrapped);

  Factory& wrappedFactory() const { return *wrapped_; }

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;
  void startFactory() override { wrapped_->doStart(); }
  void stopFactory() override { wrapped_->doStop(); }

  void startedConnecting(Connector& connector) override;
  void clientConnectionFailed(Connector& connector, const Failure& reason) override;
  void clientConnectionLost(Connector& connector, const Failure& reason) override;

 protected:
  /// The wrapper of `protocol`, for a connection from (or to) `address`.
  virtual std::shared_ptr<ProtocolWrapper> wrap(std::shared_ptr<Protocol> protocol,
                                                const Address& address);

 private:
  std::shared_ptr<Factory> wrapped_;
  ClientFactory* client_;  // the same, if it is one
};

}  // namespace plait
