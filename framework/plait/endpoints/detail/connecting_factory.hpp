#pragma once

#include <plait/core/client_factory.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/endpoints/stream_client_endpoint.hpp>

namespace plait::detail {

/// Stands before the user's factory during one attempt to connect, and tells a Deferred how it
/// ends. Twisted: `_WrappingFactory`.
///
/// The Deferred refers to it weakly, and it keeps the Deferred: what tries to connect keeps both.
class ConnectingFactory final : public ClientFactory {
 public:
  /// Ends the attempt, when the Deferred is cancelled.
  using Stop = UniqueFunction<void()>;

  static std::shared_ptr<ConnectingFactory> make(std::shared_ptr<Factory> factory,
                                                 Address destination = {});

  /// What `StreamClientEndpoint::connect` returns.
  const Deferred<std::shared_ptr<Protocol>>& result() const { return result_; }
  /// True when the outcome is known.
  bool over() const { return over_; }
  void fail(Failure reason);
  void succeed(std::shared_ptr<Protocol> protocol);
  /// What a ConnectingCancelledError names.
  void setDestination(Address destination) { destination_ = std::move(destination); }
  /// How to end the attempt; by default, the connector that `startedConnecting` told of is told to
  /// disconnect.
  void onCancel(Stop stop) { stop_ = std::move(stop); }

  std::shared_ptr<Protocol> buildProtocol(const Address& address) override;
  void startFactory() override { factory_->doStart(); }
  void stopFactory() override { factory_->doStop(); }
  void startedConnecting(Connector& connector) override;
  void clientConnectionFailed(Connector&, const Failure& why) override { fail(why); }
  void clientConnectionLost(Connector&, const Failure& why) override { fail(why); }

  explicit ConnectingFactory(std::shared_ptr<Factory> factory) : factory_(std::move(factory)) {}

 private:
  void cancel();

  std::shared_ptr<Factory> factory_;
  Deferred<std::shared_ptr<Protocol>> result_;
  Address destination_;
  Stop stop_;
  bool over_ = false;
};

/// What the endpoints' `connect` do: has `start` begin an attempt with a factory that stands before
/// `factory`. What `start` throws becomes a failure.
Deferred<std::shared_ptr<Protocol>> connectWith(
    std::shared_ptr<Factory> factory, Address destination,
    UniqueFunction<void(std::shared_ptr<ConnectingFactory>)> start);

}  // namespace plait::detail
