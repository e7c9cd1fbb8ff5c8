#include <algorithm>
#include <plait/testing/detail/simulated_host_impl.hpp>
#include <stdexcept>

namespace plait::testing {

using namespace detail;

SimulatedNetwork::Impl::~Impl() {
  for (const auto& host : hosts) host->impl().crash();
  simulation.clear();
  wires.clear();
  hosts.clear();
}

bool SimulatedNetwork::Impl::step(TimePoint limit) {
  if (simulation.busy()) {
    throw std::logic_error("SimulatedNetwork: it is run already; not from a callback");
  }
  return simulation.step(limit);
}

void SimulatedNetwork::Impl::whenIdle(UniqueFunction<void()> call) {
  if (simulation.busy()) {
    simulation.soon(std::move(call));
  } else {
    call();
  }
}

// --- Links -----------------------------------------------------------------------------

SimulatedLink& SimulatedNetwork::Impl::link(Host& one, Host& other) {
  const std::pair<std::uint32_t, std::uint32_t> pair = std::minmax(one.index, other.index);
  const auto [found, isNew] = links_.try_emplace(pair);
  SimulatedLink& link = found->second;
  if (isNew) {
    link.options = defaultLink_;
    if (&one == &other) {  // within a host
      link.own = true;
      link.options = {.latency = std::chrono::microseconds(10)};
    }
  }
  return link;
}

void SimulatedNetwork::Impl::setDefaultLink(const LinkOptions& options) {
  defaultLink_ = options;
  for (auto& [hosts, link] : links_) {
    if (!link.own) link.options = options;
  }
}

SimulatedNetwork::Impl::Host* SimulatedNetwork::Impl::hostAt(const Address& address,
                                                             Host& from) const {
  if (address.as<UNIXAddress>() || from.owns(address)) return &from;
  for (const auto& host : hosts) {
    const auto* v4 = address.as<IPv4Address>();
    const auto* v6 = address.as<IPv6Address>();
    if (v4 && v4->octets == host->address().octets) return &host->impl();
    if (v6 && v6->octets == host->address6().octets) return &host->impl();
  }
  return nullptr;
}

// --- Wires -----------------------------------------------------------------------------

Wire& SimulatedNetwork::Impl::addWire(Host& client, Host& server, Address clientAddress,
                                      Address serverAddress) {
  const std::uint64_t id = ++wiresMade;
  auto wire = std::make_unique<Wire>(*this, id, link(client, server), client, server,
                                     std::move(clientAddress), std::move(serverAddress));
  Wire& added = *wire;
  wires.emplace(id, std::move(wire));
  return added;
}

/// Later: it may be what is being called.
void SimulatedNetwork::Impl::discard(const Wire& wire) {
  simulation.soon([this, id = wire.id()] { wires.erase(id); });
}

}  // namespace plait::testing
