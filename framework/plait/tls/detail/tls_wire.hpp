#pragma once

#include <plait/core/protocol.hpp>
#include <plait/endpoints/proxy_protocol_factory.hpp>
#include <plait/tls/tls_context.hpp>

namespace plait::detail {

class TLSConnection;

/// The protocol that the transport below sees: it receives records, and hands everything on to the
/// TLSConnection that stands on it.
///
/// It is a pull producer of the transport below. That tells when what was written has gone, and
/// holds up a close that TLS does not know of yet (`Connector::disconnect`, a reactor that stops),
/// so that close_notify can be said before.
class TLSWire final : public Protocol,
                      public HalfCloseableProtocol,
                      public ProxyHeaderListener,
                      public PullProducer {
 public:
  /// Opens a session of `context` for `protocol`, which sees a connection when the wire does.
  TLSWire(std::shared_ptr<TLSContext> context, std::shared_ptr<Protocol> protocol);

  /// Takes the place of `protocol` on its transport, with `protocol` above.
  void takeOver();

  /// For the protocol above, if it listens.
  void proxyHeaderReceived(const ProxyHeader& header) override;
  void connectionMade() override;
  void dataReceived(BytesView data) override;
  void readConnectionLost() override;
  void writeConnectionLost() override {}
  void connectionLost(const Failure& reason) override;
  void resumeProducing() override;
  void stopProducing() override {}
  std::string logPrefix() const override { return "TLS"; }

 private:
  std::shared_ptr<TLSConnection> makeTLSConnection(Transport& lower);

  std::shared_ptr<TLSContext> context_;
  SslHandle session_;                   // until the connection has it
  std::shared_ptr<Protocol> protocol_;  // likewise
  std::shared_ptr<TLSConnection> connection_;
};

}  // namespace plait::detail
