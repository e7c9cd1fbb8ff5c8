#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/testing/detail/address_kinds.hpp>
#include <plait/testing/detail/simulated_connection.hpp>
#include <plait/testing/detail/simulated_port.hpp>

namespace plait::testing::detail {

StreamPort::StreamPort(SimulatedHost::Impl& host, Address address, std::shared_ptr<Factory> factory,
                       const TransportOptions& transport)
    : host_(host),
      address_(std::move(address)),
      factory_(std::move(factory)),
      transport_(transport) {}

bool StreamPort::takes(const Address& address) const {
  if (address == address_) return true;
  if (address.port() != address_.port() || !isEverywhere(address_)) return false;
  if (address.as<IPv4Address>()) return address_.as<IPv4Address>() || !ipv6Only_;
  return address.as<IPv6Address>() && address_.as<IPv6Address>();
}

bool StreamPort::collides(const StreamPort& other) const {
  if (shared_ && other.shared_) return false;
  return takes(other.address_) || other.takes(address_);
}

void StreamPort::listen(bool shared, bool ipv6Only) {
  shared_ = shared;
  ipv6Only_ = ipv6Only;
  const auto refuse = [this](std::errc why) {
    throw CannotListenError(toString(address_), std::make_error_code(why));
  };
  if (!address_.as<UNIXAddress>() && !host_.owns(address_))
    refuse(std::errc::address_not_available);
  for (const StreamPort* other : host_.streamPorts) {
    if (collides(*other)) refuse(std::errc::address_in_use);
  }
  factory_->doStart();  // when it throws, nothing listens
  self_ = shared_from_this();
  host_.streamPorts.push_back(this);
  host_.join(*this);
}

void StreamPort::accept(WireEnd& end) {
  SimulatedHost::Impl::Callback callback(host_);
  std::shared_ptr<Protocol> protocol;
  try {
    protocol = factory_->makeProtocol(end.peer());
  } catch (...) {
    host_.logger().failure(Failure(), "buildProtocol threw, the connection from {} is closed",
                           end.peer());
  }
  if (!protocol) return end.close();
  std::make_shared<SimulatedConnection>(host_, end, transport_)
      ->begin(std::move(protocol), nullptr);
}

void StreamPort::doStopListening(UniqueFunction<void()> stopped) {
  close();
  stopped();
}

void StreamPort::close() {
  const auto keep = std::exchange(self_, nullptr);
  if (!keep) return;
  std::erase(host_.streamPorts, this);
  host_.leave(*this);
  host_.guarded("stopFactory", [this] { factory_->doStop(); });
}

}  // namespace plait::testing::detail
