#include <plait/testing/string_transport.hpp>
#include <stdexcept>

namespace plait::testing {

StringTransport::Reading StringTransport::reading() const {
  if (disconnecting()) return Reading::stopped;
  return paused_ ? Reading::paused : Reading::producing;
}

void StringTransport::loseConnection(Failure reason) {
  if (!reason_) reason_ = std::move(reason);
  closing_ = true;
}

void StringTransport::abortConnection(Failure reason) {
  reason_ = std::move(reason);
  aborting_ = true;
}

void StringTransport::doWrite(BytesView data) {
  const bool hasProducer = push_ || pull_;
  if (aborting_ || !connected_ || ((closing_ || writeClosed_) && !hasProducer)) return;
  written_ += data;
  total_ += data.size();
}

void StringTransport::checkNoProducer() const {
  if (push_ || pull_) {
    throw std::logic_error("a producer is registered already and was never unregistered");
  }
}

void StringTransport::setConnected(bool connected) {
  connected_ = connected;
  if (connected_) return;
  const Failure lost = reason_ ? *reason_ : connectionDone();
  for (auto& waiter : std::exchange(drainWaiters_, {})) waiter(&lost);
}

void StringTransport::setBufferedBytes(std::size_t bytes) {
  if (bytes > buffered_) ++timesBlocked_;
  buffered_ = bytes;
  if (buffered_ != 0) return;
  for (auto& waiter : std::exchange(drainWaiters_, {})) waiter(nullptr);
}

void StringTransport::whenDrained(UniqueFunction<void(const Failure* lost)> call) {
  if (!connected_) {
    const Failure lost = reason_ ? *reason_ : connectionDone();
    return call(&lost);
  }
  if (buffered_ == 0) return call(nullptr);
  drainWaiters_.push_back(std::move(call));
}

void StringTransport::doRegisterProducer(PushProducer& producer) {
  checkNoProducer();
  if (!connected_) return producer.stopProducing();
  push_ = &producer;
}

void StringTransport::doRegisterProducer(PullProducer& producer) {
  checkNoProducer();
  if (!connected_) return producer.stopProducing();
  pull_ = &producer;
  producer.resumeProducing();
}

void StringTransport::switchProtocol(std::shared_ptr<Protocol> next, Bytes unread) {
  protocol_ = std::move(next);
  unread_ = std::move(unread);
}

void StringTransport::overrideAddresses(Address peer, Address host) {
  if (peer != Address()) peer_ = std::move(peer);
  if (host != Address()) host_ = std::move(host);
}

RegisteredProducer StringTransport::releaseProducer() {
  const RegisteredProducer producer{push_, pull_, false};
  unregisterProducer();
  return producer;
}

void StringTransport::requestTurnFor(TransportLayer& layer) {
  time.callLater(Duration::zero(), [&layer] { layer.haveTurn(); });
}

void StringTransport::unregisterProducer() {
  push_ = nullptr;
  pull_ = nullptr;
}

}  // namespace plait::testing
