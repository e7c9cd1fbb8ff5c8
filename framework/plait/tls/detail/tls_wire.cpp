#include <plait/tls/detail/tls_connection.hpp>
#include <plait/tls/detail/tls_wire.hpp>

namespace plait::detail {

TLSWire::TLSWire(std::shared_ptr<TLSContext> context, std::shared_ptr<Protocol> protocol)
    : context_(std::move(context)), session_(context_->open()), protocol_(std::move(protocol)) {}

std::shared_ptr<TLSConnection> TLSWire::makeTLSConnection(Transport& lower) {
  return std::make_shared<TLSConnection>(lower,
                                         std::static_pointer_cast<TLSWire>(shared_from_this()),
                                         std::move(context_), std::move(session_));
}

void TLSWire::proxyHeaderReceived(const ProxyHeader& header) {
  auto* listener = protocol_->as<ProxyHeaderListener>();
  if (listener) listener->proxyHeaderReceived(header);
}

void TLSWire::connectionMade() {
  connection_ = makeTLSConnection(transport());
  transport().registerProducer(*this);
  connection_->begin(std::move(protocol_));
}

void TLSWire::takeOver() {
  const auto protocol = std::move(protocol_);
  Transport& lower = protocol->transport();
  connection_ = makeTLSConnection(lower);

  RegisteredProducer producer = lower.releaseProducer();
  if (producer.push == &lower) producer = {.push = connection_.get()};  // an echo goes on as one
  const auto* stream = lower.as<StreamTransport>();
  const bool paused = stream && stream->pausedByUser();

  switchTransport(protocol->switchTransport(connection_));
  lower.registerProducer(*this);
  lower.switchProtocol(shared_from_this(), protocol->takeUnread());
  lower.resumeProducing();  // the handshake is read, whoever is paused
  connection_->takeOver(protocol, producer, paused);
}

void TLSWire::dataReceived(BytesView data) {
  connection_->feed(data);
}

void TLSWire::readConnectionLost() {
  connection_->endOfFile();
}

void TLSWire::connectionLost(const Failure& reason) {
  if (const auto connection = std::move(connection_)) connection->lowerLost(reason);
}

void TLSWire::resumeProducing() {
  if (connection_) connection_->lowerDrained();
}

}  // namespace plait::detail
