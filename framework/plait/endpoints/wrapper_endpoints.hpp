#pragma once

#include <plait/endpoints/stream_client_endpoint.hpp>
#include <plait/endpoints/stream_server_endpoint.hpp>

namespace plait {

/// Listens where another endpoint does, with a layer between the connections and the factory: the
/// ready-made way to build TLS and its like. Twisted: `_WrapperServerEndpoint`.
class WrapperServerEndpoint : public StreamServerEndpoint {
 public:
  WrapperServerEndpoint(std::shared_ptr<StreamServerEndpoint> below, FactoryWrapper layer)
      : below_(std::move(below)), layer_(std::move(layer)) {}

  Deferred<std::shared_ptr<ListeningPort>> listen(std::shared_ptr<Factory> factory) override;
  Deferred<std::shared_ptr<ListeningPort>> listenBeneath(FactoryWrapper layer,
                                                         std::shared_ptr<Factory> factory) override;
  std::string describe(const ListeningPort& port) const override { return below_->describe(port); }

  StreamServerEndpoint& below() const { return *below_; }

 protected:
  const FactoryWrapper& layer() const { return layer_; }

 private:
  std::shared_ptr<StreamServerEndpoint> below_;
  FactoryWrapper layer_;
};

/// The same for connecting. The Deferred fires with the protocol that the user's factory built,
/// when the layer has connected it. A layer that cannot do so must lose the connection, or nobody
/// hears of it. Twisted: `_WrapperEndpoint`.
class WrapperClientEndpoint : public StreamClientEndpoint {
 public:
  WrapperClientEndpoint(std::shared_ptr<StreamClientEndpoint> below, FactoryWrapper layer)
      : below_(std::move(below)), layer_(std::move(layer)) {}

  Deferred<std::shared_ptr<Protocol>> connect(std::shared_ptr<Factory> factory) override;

  StreamClientEndpoint& below() const { return *below_; }

 private:
  std::shared_ptr<StreamClientEndpoint> below_;
  FactoryWrapper layer_;
};

}  // namespace plait
