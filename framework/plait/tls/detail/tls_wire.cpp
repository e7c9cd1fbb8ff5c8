#include <plait/tls/detail/tls_connection.hpp>
#include <plait/tls/detail/tls_wire.hpp>

namespace plait::detail {

TLSWire::TLSWire(std::shared_ptr<TLSContext> context, std::shared_ptr<Protocol> protocol)
    : LayerWire(std::move(protocol)), context_(std::move(context)), session_(context_->open()) {}

std::shared_ptr<TLSConnection> TLSWire::makeTLSConnection(Transport& lower) {
  return std::make_shared<TLSConnection>(lower,
                                         std::static_pointer_cast<TLSWire>(shared_from_this()),
                                         std::move(context_), std::move(session_));
}

void TLSWire::proxyHeaderReceived(const ProxyHeader& header) {
  auto* listener = waitingProtocol()->as<ProxyHeaderListener>();
  if (listener) listener->proxyHeaderReceived(header);
}

std::shared_ptr<LayeredTransport> TLSWire::makeLayer(Transport& lower) {
  return makeTLSConnection(lower);
}

void TLSWire::takeOver() {
  const auto protocol = std::move(waitingProtocol());
  Transport& lower = protocol->transport();
  const auto connection = makeTLSConnection(lower);
  layer() = connection;

  const RegisteredProducer released = lower.releaseProducer();
  RegisteredProducer producer = released;
  if (producer.push == &lower) producer = {.push = connection.get()};  // an echo goes on as one
  const auto* stream = lower.as<StreamTransport>();
  const bool paused = stream && stream->pausedByUser();

  switchTransport(protocol->switchTransport(connection));
  try {
    lower.registerProducer(*this);
    lower.switchProtocol(shared_from_this(), protocol->takeUnread());
  } catch (...) {  // there is no memory, say
    giveBack(*protocol, released);
    throw;
  }
  connection->takeOver(protocol, producer, paused);
  lower.resumeProducing();  // the handshake is read, whoever is paused
}

/// As it was before: what holds one another here would never be let go.
void TLSWire::giveBack(Protocol& protocol, const RegisteredProducer& producer) {
  Transport& lower = transport();
  protocol.switchTransport(switchTransport(nullptr));
  layer().reset();
  lower.unregisterProducer();
  if (producer.push) lower.registerProducer(*producer.push);
  if (producer.pull) lower.registerProducer(*producer.pull);
}

}  // namespace plait::detail
