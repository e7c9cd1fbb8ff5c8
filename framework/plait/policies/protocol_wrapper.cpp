#include <algorithm>
#include <plait/policies/protocol_wrapper.hpp>
#include <stdexcept>

namespace plait {

ProtocolWrapper::~ProtocolWrapper() = default;

// --- What the transport tells ----------------------------------------------------------

void ProtocolWrapper::connectionMade() {
  made_ = true;
  wrapped_->makeConnection({shared_from_this(), static_cast<Transport*>(this)});
}

void ProtocolWrapper::dataReceived(BytesView data) {
  previous_.clear();  // called from the loop: none of them is running
  const std::size_t again = std::min(seenBefore_, data.size());
  seenBefore_ -= again;
  if (again < data.size()) receiving(data.substr(again));
  if (!disconnecting()) wrapped_->dataReceived(data);
}

void ProtocolWrapper::connectionLost(const Failure& reason) {
  const auto keep = shared_from_this();
  try {
    if (made_) wrapped_->connectionLost(reason);
  } catch (...) {
    rememberPrefix();  // it is about to be logged
    letGo();
    throw;
  }
  letGo();
}

void ProtocolWrapper::rememberPrefix() try {
  lastPrefix_ = logPrefix();
} catch (...) {  // it is the user's, and a name is not worth a leak
}

/// They hold each other.
void ProtocolWrapper::letGo() {
  wrapped_.reset();
  previous_.clear();
}

Bytes ProtocolWrapper::takeUnread() {
  return wrapped_ ? wrapped_->takeUnread() : Bytes();
}

std::string ProtocolWrapper::logPrefix() const {
  return wrapped_ ? wrapped_->logPrefix() : lastPrefix_;
}

// --- What the wrapped protocol wants ---------------------------------------------------

void ProtocolWrapper::doWrite(BytesView data) {
  if (!connected()) return;
  writing({&data, 1});
  transport().write(data);
}

void ProtocolWrapper::doWrite(Bytes&& data) {
  if (!connected()) return;
  const BytesView view = data;
  writing({&view, 1});
  transport().write(std::move(data));
}

void ProtocolWrapper::doWrite(SharedBytes data) {
  if (!data || !connected()) return;
  const BytesView view = *data;
  writing({&view, 1});
  transport().write(std::move(data));
}

void ProtocolWrapper::doWriteSequence(std::span<const BytesView> pieces) {
  if (!connected()) return;
  writing(pieces);
  transport().writeSequence(pieces);
}

void ProtocolWrapper::whenDrained(UniqueFunction<void(const Failure* lost)> call) {
  Transport::whenDrainedOf(transport(), std::move(call));
}

/// One that produces for itself is, further down, the transport that does.
void ProtocolWrapper::doRegisterProducer(PushProducer& producer) {
  const bool isOwn = &producer == static_cast<PushProducer*>(this);
  transport().registerProducer(isOwn ? transport() : producer);
}

void ProtocolWrapper::doRegisterProducer(PullProducer& producer) {
  transport().registerProducer(producer);
}

RegisteredProducer ProtocolWrapper::releaseProducer() {
  RegisteredProducer producer = transport().releaseProducer();
  if (producer.push == &transport()) producer.push = this;
  return producer;
}

/// The transport delivers what is unread, from the loop, to the protocol that it has: this one.
void ProtocolWrapper::switchProtocol(std::shared_ptr<Protocol> next, Bytes unread) {
  if (!next) throw std::invalid_argument("switchProtocol: there is no protocol");
  const std::size_t size = unread.size();
  transport().switchProtocol(shared_from_this(), std::move(unread));
  if (!connected()) return;
  seenBefore_ += size;
  previous_.push_back(std::exchange(wrapped_, std::move(next)));
}

void ProtocolWrapper::overrideAddresses(Address peer, Address host) {
  transport().overrideAddresses(std::move(peer), std::move(host));
}

}  // namespace plait
