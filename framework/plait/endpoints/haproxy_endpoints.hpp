#pragma once

#include <plait/endpoints/proxy_protocol_factory.hpp>
#include <plait/endpoints/wrapper_endpoints.hpp>

namespace plait {

/// Listens where another endpoint does, behind proxies that send PROXY headers: see
/// ProxyProtocolFactory. The header is read before whatever else that endpoint does with a
/// connection; so before TLS, as proxies send it. Twisted: `proxyEndpoint`.
class HAProxyServerEndpoint : public StreamServerEndpoint {
 public:
  explicit HAProxyServerEndpoint(std::shared_ptr<StreamServerEndpoint> endpoint,
                                 ProxyProtocolOptions options = {})
      : endpoint_(std::move(endpoint)), options_(options) {}

  Deferred<std::shared_ptr<ListeningPort>> listen(std::shared_ptr<Factory> factory) override;
  Deferred<std::shared_ptr<ListeningPort>> listenBeneath(FactoryWrapper layer,
                                                         std::shared_ptr<Factory> factory) override;
  /// The other endpoint's behind "haproxy:".
  std::string describe(const ListeningPort& port) const override;

 private:
  FactoryWrapper readHeader() const;

  std::shared_ptr<StreamServerEndpoint> endpoint_;
  ProxyProtocolOptions options_;
};

/// Connects where another endpoint does, and sends a PROXY header first. TLS belongs on top of this
/// endpoint, not below.
class HAProxyClientEndpoint : public WrapperClientEndpoint {
 public:
  /// See ProxyHeaderSender.
  explicit HAProxyClientEndpoint(
      std::shared_ptr<StreamClientEndpoint> endpoint, ProxyHeader header = {},
      ProxyHeaderSender::Version version = ProxyHeaderSender::Version::v2);
};

}  // namespace plait
