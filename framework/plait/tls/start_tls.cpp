#include <plait/tls/detail/tls_wire.hpp>
#include <plait/tls/start_tls.hpp>
#include <plait/tls/tls_transport.hpp>
#include <stdexcept>

namespace plait {

void startTLS(Protocol& protocol, std::shared_ptr<TLSContext> context) {
  if (!context) throw std::invalid_argument("startTLS: there is no context");
  if (!protocol.connected()) throw std::logic_error("startTLS: there is no connection");
  Transport& transport = protocol.transport();
  if (TLSTransport::of(transport)) throw std::logic_error("startTLS: the connection has TLS");
  if (transport.disconnecting()) return;
  std::make_shared<detail::TLSWire>(std::move(context), protocol.shared_from_this())->takeOver();
}

}  // namespace plait
