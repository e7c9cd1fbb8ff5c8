#include <fmt/format.h>

#include <plait/core/errors.hpp>
#include <plait/testing/detail/address_kinds.hpp>
#include <plait/testing/detail/simulated_datagram_port.hpp>
#include <stdexcept>

namespace plait::testing::detail {

namespace {

/// What fits in a UDP datagram over IPv4 (RFC 768, 791), and over IPv6 (RFC 8200).
constexpr std::size_t kMostIPv4 = 65'507;
constexpr std::size_t kMostIPv6 = 65'527;

}  // namespace

void SimulatedDatagramPort::check(BytesView datagram, const Address& to) const {
  if (!to.as<IPv4Address>() && !to.as<IPv6Address>()) {
    throw InvalidAddressError(to, "only IP addresses are accepted, not hostnames");
  }
  if (!sameFamily(to, address_)) {
    throw InvalidAddressError(to, "the port is of another family than the address");
  }
  if (isBroadcast(to) && !broadcast_) {
    throw InvalidAddressError(to, "Permission denied (broadcasts need setBroadcastAllowed)");
  }
  if (datagram.size() > (to.as<IPv4Address>() ? kMostIPv4 : kMostIPv6)) {
    throw MessageLengthError(
        fmt::format("a datagram of {} bytes is more than the system sends", datagram.size()));
  }
}

void SimulatedDatagramPort::write(BytesView datagram, const Address& to) {
  if (!self_) return;
  check(datagram, to);
  if (peer_ != Address() && to != peer_) {
    throw InvalidAddressError(to, "the port is connected to another address");
  }
  send(datagram, to);
}

void SimulatedDatagramPort::write(BytesView datagram) {
  if (!self_) return;
  if (peer_ == Address()) throw std::logic_error("the port is not connected: write to whom?");
  check(datagram, peer_);
  send(datagram, peer_);
}

/// The address that the receiver sees.
Address SimulatedDatagramPort::sender(const Address& to) const {
  if (!isEverywhere(address_)) return address_;
  const bool loopback = host_.owns(to);
  if (to.as<IPv4Address>()) {
    const auto octets = loopback ? to.as<IPv4Address>()->octets : host_.host->address().octets;
    return IPv4Address{octets, address_.port()};
  }
  const auto octets = loopback ? to.as<IPv6Address>()->octets : host_.host->address6().octets;
  return IPv6Address{octets, 0, address_.port()};
}

void SimulatedDatagramPort::send(BytesView datagram, const Address& to) {
  const auto bytes = std::make_shared<const Bytes>(datagram);
  const Address from = sender(to);
  if (!isMulticast(to) && !isBroadcast(to)) {
    if (auto* receiver = host_.network.hostAt(to, host_)) sendTo(*receiver, bytes, from, to);
    return;
  }
  for (const auto& host : host_.network.hosts) {
    const bool itself = &host->impl() == &host_;
    if (!itself || loopback_) sendTo(host->impl(), bytes, from, to);
  }
}

void SimulatedDatagramPort::sendTo(SimulatedHost::Impl& receiver,
                                   const std::shared_ptr<const Bytes>& datagram,
                                   const Address& from, const Address& to) {
  SimulatedLink& link = host_.network.link(host_, receiver);
  const LinkOptions& options = link.options;
  Simulation& simulation = host_.simulation;
  const auto lose = [&] {
    host_.trace(Happening::datagramLost, address_.port(), datagram->size());
  };

  lineFree_ = std::max(lineFree_, simulation.now());
  if (options.bandwidth > 0) {
    const auto queued = static_cast<double>((lineFree_ - simulation.now()).count()) * 1e-9 *
                        static_cast<double>(options.bandwidth);
    if (queued > static_cast<double>(options.sendBuffer)) return lose();
    lineFree_ +=
        Duration(static_cast<Duration::rep>(datagram->size() * 1'000'000'000 / options.bandwidth));
  }
  if (simulation.random.chance(options.loss)) return lose();
  const int copies = simulation.random.chance(options.duplication) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    TimePoint when = lineFree_ + link.delay(simulation.random);
    if (simulation.random.chance(options.reordering)) {
      when += simulation.random.upTo(10 * options.latency);
    }
    auto journey =
        std::make_unique<Journey>(Journey{receiver, link, datagram, from, to, weak_from_this()});
    simulation.at(when, [journey = std::move(journey)]() mutable { arrive(std::move(journey)); });
  }
}

/// At the receiver's host, or not.
void SimulatedDatagramPort::arrive(std::unique_ptr<Journey> journey) {
  Journey& datagram = *journey;
  SimulatedLink& link = datagram.link;
  if (link.held) {
    link.heldDatagrams.push_back(
        [journey = std::move(journey)]() mutable { arrive(std::move(journey)); });
    return;
  }
  SimulatedHost::Impl& receiver = datagram.receiver;
  if (link.cut || !receiver.up) {
    return receiver.trace(Happening::datagramLost, datagram.to.port(), datagram.bytes->size());
  }
  bool heard = false;
  const auto ports = receiver.datagramPorts;  // a receiver may open and close some
  std::vector<std::weak_ptr<SimulatedDatagramPort>> hearers;
  for (SimulatedDatagramPort* port : ports) {
    if (port->hears(datagram.to, datagram.from)) hearers.push_back(port->weak_from_this());
  }
  const bool toAll = isMulticast(datagram.to) || isBroadcast(datagram.to);
  if (!toAll && hearers.size() > 1)
    hearers = {hearers[receiver.simulation.random.below(hearers.size())]};
  for (const auto& weak : hearers) {
    heard = true;
    if (const auto port = weak.lock()) port->arrived(datagram.bytes, datagram.from);
  }
  if (heard || toAll) return;
  receiver.simulation.after(link.delay(receiver.simulation.random),
                            [&link, sender = datagram.sender] {
                              const auto port = sender.lock();
                              if (port && !link.blocked()) port->refused();
                            });
}

void SimulatedDatagramPort::refused() {
  if (!self_ || peer_ == Address()) return;
  tell("connectionRefused", [](DatagramProtocol& p) { p.connectionRefused(); });
}

}  // namespace plait::testing::detail
