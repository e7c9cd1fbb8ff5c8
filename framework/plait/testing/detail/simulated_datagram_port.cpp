#include <fmt/format.h>

#include <algorithm>
#include <plait/core/errors.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/testing/detail/address_kinds.hpp>
#include <plait/testing/detail/simulated_datagram_port.hpp>
#include <stdexcept>

/// Life, and receiving. Sending is in simulated_datagram_port_sending.cpp.
namespace plait::testing::detail {

namespace {

/// What the system keeps for a reader that does not read.
constexpr std::size_t kReceiveBuffer = 208 * 1024;

Address groupAddress(const std::string& group) {
  if (const auto v4 = IPv4Address::parse(group)) return *v4;
  if (const auto v6 = IPv6Address::parse(group)) return *v6;
  return {};
}

}  // namespace

SimulatedDatagramPort::SimulatedDatagramPort(SimulatedHost::Impl& host, Address address,
                                             const DatagramOptions& options)
    : host_(host), address_(std::move(address)), options_(options) {
  if (options_.maxPacketSize == 0) throw std::invalid_argument("maxPacketSize must not be 0");
}

// --- Life ------------------------------------------------------------------------------

void SimulatedDatagramPort::open(std::shared_ptr<DatagramProtocol> protocol) {
  const auto refuse = [this](std::errc why) {
    throw CannotListenError(toString(address_), std::make_error_code(why));
  };
  if (!host_.owns(address_) && !isMulticast(address_)) refuse(std::errc::address_not_available);
  for (const SimulatedDatagramPort* other : host_.datagramPorts) {
    if (other->options_.listenMultiple && options_.listenMultiple) continue;
    if (other->address_ == address_) refuse(std::errc::address_in_use);
  }
  protocol_ = std::move(protocol);
  self_ = shared_from_this();
  host_.datagramPorts.push_back(this);
  host_.join(*this);
  tell("startProtocol", [this](DatagramProtocol& p) { p.makeConnection(shared_from_this()); });
}

/// Calls the protocol. What it throws is logged; when it has closed the port, that is completed.
void SimulatedDatagramPort::tell(const char* what, UniqueFunction<void(DatagramProtocol&)> call) {
  ++calls_;
  DatagramProtocol& protocol = *protocol_;
  host_.guarded(what, [&] { call(protocol); });
  if (--calls_ == 0 && !self_) finish();
}

void SimulatedDatagramPort::doStopListening(UniqueFunction<void()> stopped) {
  if (!protocol_) return stopped();
  stopped_.push_back(std::move(stopped));
  close();
}

void SimulatedDatagramPort::close() {
  const auto keep = std::exchange(self_, nullptr);
  if (!keep) return;
  waiting_.clear();
  std::erase(host_.datagramPorts, this);
  host_.leave(*this);
  if (calls_ == 0) finish();
}

void SimulatedDatagramPort::finish() {
  const auto keep = shared_from_this();
  const auto protocol = std::exchange(protocol_, nullptr);
  host_.guarded("stopProtocol", [&] { protocol->stopProtocol(); });
  for (auto& stopped : std::exchange(stopped_, {})) stopped();
}

void SimulatedDatagramPort::connect(const Address& peer) {
  if (!self_) return;
  if (peer_ != Address()) throw std::logic_error("the port is connected already");
  check({}, peer);
  peer_ = peer;
}

// --- Receiving -------------------------------------------------------------------------

bool SimulatedDatagramPort::hears(const Address& to, const Address& from) const {
  if (peer_ != Address() && from != peer_) return false;
  if (to.port() != address_.port()) return false;
  if (isMulticast(to)) return groups_.count(to.host()) != 0;
  if (isBroadcast(to)) return address_.as<IPv4Address>() != nullptr;
  if (to == address_) return true;
  if (!isEverywhere(address_)) return false;
  return sameFamily(to, address_);
}

void SimulatedDatagramPort::arrived(const std::shared_ptr<const Bytes>& datagram,
                                    const Address& from) {
  if (!self_) return;
  if (waitingBytes_ + datagram->size() > kReceiveBuffer) {
    return host_.trace(Happening::datagramLost, address_.port(), datagram->size());
  }
  host_.trace(Happening::datagram, address_.port(), datagram->size());
  waitingBytes_ += datagram->size();
  waiting_.push_back({datagram, from});
  deliver();
}

void SimulatedDatagramPort::resumeProducing() {
  paused_ = false;
  if (!self_ || waiting_.empty()) return;
  host_.post("datagramReceived", [self = shared_from_this()] { self->deliver(); });
}

void SimulatedDatagramPort::deliver() {
  if (std::exchange(delivering_, true)) return;
  const auto keep = shared_from_this();
  while (self_ && !paused_ && !waiting_.empty()) {
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    waitingBytes_ -= next.bytes->size();
    const BytesView bytes = *next.bytes;
    if (bytes.size() <= options_.maxPacketSize) {
      tell("datagramReceived", [&](DatagramProtocol& p) { p.datagramReceived(bytes, next.from); });
    } else {
      tell("datagramTruncated", [&](DatagramProtocol& p) {
        p.datagramTruncated(bytes.substr(0, options_.maxPacketSize), bytes.size(), next.from);
      });
    }
  }
  delivering_ = false;
}

// --- Multicast -------------------------------------------------------------------------

Deferred<void> SimulatedDatagramPort::joinGroup(std::string group, std::string) {
  Deferred<void> done;
  const Address address = groupAddress(group);
  if (!self_) {
    done.errback(
        Failure(MulticastJoinError("cannot join group " + group + ": the port is closed")));
  } else if (!isMulticast(address) || !sameFamily(address, address_)) {
    done.errback(Failure(MulticastJoinError("cannot join group " + group + ": Invalid argument")));
  } else {
    groups_.insert(address.host());
    done.callback();
  }
  return done;
}

Deferred<void> SimulatedDatagramPort::leaveGroup(std::string group, std::string) {
  Deferred<void> done;
  if (groups_.erase(groupAddress(group).host()) > 0) {
    done.callback();
  } else {
    done.errback(Failure(MulticastJoinError("cannot leave group " + group + ": not joined")));
  }
  return done;
}

void SimulatedDatagramPort::setTTL(int ttl) {
  if (ttl < 0 || ttl > 255) throw std::invalid_argument("setTTL: it must be in 0 to 255");
  ttl_ = ttl;
}

void SimulatedDatagramPort::setOutgoingInterface(std::string interface) {
  interface_ = std::move(interface);
}

}  // namespace plait::testing::detail
