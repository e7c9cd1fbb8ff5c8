#pragma once

#include <plait/core/layered_transport.hpp>
#include <plait/endpoints/proxy_protocol_factory.hpp>
#include <plait/tls/tls_context.hpp>

namespace plait::detail {

class TLSConnection;

/// The wire of a TLSConnection: what it receives are records.
class TLSWire final : public LayerWire, public ProxyHeaderListener {
 public:
  /// Opens a session of `context` for `protocol`, which sees a connection when the wire does.
  TLSWire(std::shared_ptr<TLSContext> context, std::shared_ptr<Protocol> protocol);

  /// Takes the place of `protocol` on its transport, with `protocol` above.
  void takeOver();

  /// For the protocol above, if it listens.
  void proxyHeaderReceived(const ProxyHeader& header) override;
  std::string logPrefix() const override { return "TLS"; }

 private:
  std::shared_ptr<LayeredTransport> makeLayer(Transport& lower) override;
  std::shared_ptr<TLSConnection> makeTLSConnection(Transport& lower);
  void giveBack(Protocol& protocol, const RegisteredProducer& producer);

  std::shared_ptr<TLSContext> context_;
  SslHandle session_;  // until the connection has it
};

}  // namespace plait::detail
