#include <plait/core/layered_transport.hpp>

namespace plait {

namespace {

TransportGroup& groupOf(Transport& transport) {
  thread_local TransportGroup others;
  auto* stream = transport.as<StreamTransport>();
  return stream ? stream->transportGroup() : others;
}

}  // namespace

LayeredTransport::LayeredTransport(Transport& lower, std::shared_ptr<LayerWire> wire,
                                   std::size_t limitBelow)
    : StreamTransport(lower.clock(), lower.log(), groupOf(lower), lower.transportOptions()),
      wire_(std::move(wire)) {
  TransportOptions below = lower.transportOptions();
  below.writeBufferLimit = lower.bufferedBytes() + limitBelow;
  lower.setTransportOptions(below);
}

Transport& LayeredTransport::lower() const {
  return wire_->transport();
}

bool LayeredTransport::holdsBack() const {
  const auto* stream = lower().as<StreamTransport>();
  return stream && stream->holdsBack();
}

void LayeredTransport::lowerDrained() {
  if (!connected()) return;
  if (lower().disconnecting()) loseConnection();
  writable();
}

void LayeredTransport::lost(const Failure& reason) {
  lower().unregisterProducer();  // the wire
  if (closeKind_ == CloseKind::orderly) {
    lower().loseConnection(reason);
  } else {
    lower().abortConnection(reason);
  }
}

void LayerWire::connectionMade() {
  layer_ = makeLayer(transport());
  transport().registerProducer(*this);
  layer_->begin(std::move(protocol_));
}

void LayerWire::connectionLost(const Failure& reason) {
  if (const auto layer = std::move(layer_)) layer->lowerLost(reason);
}

void LayerWire::resumeProducing() {
  if (layer_) layer_->lowerDrained();
}

}  // namespace plait
