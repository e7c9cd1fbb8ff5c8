#include <plait/core/stream_transport.hpp>
#include <stdexcept>

/// A connection that changes hands: another protocol, other addresses, a layer between.
namespace plait {

void StreamTransport::switchProtocol(std::shared_ptr<Protocol> next, Bytes unread) {
  checkThread();
  if (!next) throw std::invalid_argument("switchProtocol: there is no protocol");
  if (!connected_) return;
  if (!takeOver_) takeOver_ = std::make_unique<TakeOver>();
  takeOver_->previous.push_back(protocol_);
  setProtocol(std::move(next));
  if (!unread.empty()) {
    takeOver_->unread.insert(0, unread);
    holdsBytes_ = true;
  }
  if (eof_ && !closing_ && !aborting_) {  // the end of the stream is for `next`, too
    eof_ = false;
    holdsEOF_ = true;
  }
  tookOver_ = true;
  askForTurn();
}

/// The callback in which it happened has returned.
void StreamTransport::endTakeOver() {
  tookOver_ = false;
  takeOver_->previous.clear();
}

void StreamTransport::deliverHeld() {
  if (!mayDeliver()) return;
  if (holdsBytes_) {
    holdsBytes_ = false;
    giveToProtocol(std::exchange(takeOver_->unread, {}));
  }
  if (holdsEOF_ && !holdsBytes_ && mayDeliver()) {
    holdsEOF_ = false;
    receivedEOF();
  }
}

void StreamTransport::overrideAddresses(Address peer, Address host) {
  if (!takeOver_) takeOver_ = std::make_unique<TakeOver>();
  if (peer != Address()) takeOver_->peer = std::move(peer);
  if (host != Address()) takeOver_->host = std::move(host);
}

Address StreamTransport::getPeer() const {
  return takeOver_ && takeOver_->peer != Address() ? takeOver_->peer : mediumPeer();
}

Address StreamTransport::getHost() const {
  return takeOver_ && takeOver_->host != Address() ? takeOver_->host : mediumHost();
}

RegisteredProducer StreamTransport::releaseProducer() {
  const RegisteredProducer producer{push_, pull_, producerPaused_};
  unregisterProducer();
  return producer;
}

void StreamTransport::requestTurnFor(TransportLayer& layer) {
  checkThread();
  if (!connected_) return;
  layer_ = &layer;
  layerWaits_ = true;
  askForTurn();
}

}  // namespace plait
