#include <algorithm>
#include <plait/testing/detail/simulated_datagram_port.hpp>
#include <plait/testing/detail/simulated_host_impl.hpp>
#include <stdexcept>

namespace plait::testing {

using namespace detail;

namespace {

/// With no room for a byte everything would wait for ever.
void checkLink(const LinkOptions& options) {
  const auto check = [](std::size_t value, const char* what) {
    if (value > 0) return;
    throw std::invalid_argument(std::string("SimulatedNetwork: a link's ") + what +
                                " must not be 0");
  };
  check(options.sendBuffer, "sendBuffer");
  check(options.receiveBuffer, "receiveBuffer");
  check(options.segmentSize, "segmentSize");
}

}  // namespace

SimulatedNetwork::SimulatedNetwork(std::uint64_t seed, Log& log)
    : impl_(std::make_unique<Impl>(seed, log)) {}

SimulatedNetwork::~SimulatedNetwork() = default;

SimulatedHost& SimulatedNetwork::addHost(std::string name, SimulatedHostOptions options) {
  if (impl_->names.count(name) != 0) {
    throw std::invalid_argument("SimulatedNetwork: there is a host '" + name + "' already");
  }
  const auto index = static_cast<std::uint32_t>(impl_->hosts.size());
  auto inner = std::make_unique<SimulatedHost::Impl>(*impl_, index, name, options);
  impl_->hosts.push_back(std::make_unique<SimulatedHost>(std::move(inner)));
  SimulatedHost& host = *impl_->hosts.back();
  impl_->names[name] = {host.address(), host.address6()};
  if (options.running) host.startRunning();
  return host;
}

const std::vector<std::unique_ptr<SimulatedHost>>& SimulatedNetwork::hosts() const {
  return impl_->hosts;
}

void SimulatedNetwork::addName(std::string name, const std::vector<std::string>& literals) {
  std::vector<Address> addresses;
  for (const std::string& literal : literals) {
    if (const auto v4 = IPv4Address::parse(literal)) {
      addresses.push_back(*v4);
    } else if (const auto v6 = IPv6Address::parse(literal)) {
      addresses.push_back(*v6);
    } else {
      throw std::invalid_argument("SimulatedNetwork: '" + literal + "' is no IP address");
    }
  }
  impl_->names[std::move(name)] = std::move(addresses);
}

// --- Links -----------------------------------------------------------------------------

void SimulatedNetwork::setLink(SimulatedHost& one, SimulatedHost& other,
                               const LinkOptions& options) {
  checkLink(options);
  SimulatedLink& link = impl_->link(one.impl(), other.impl());
  link.options = options;
  link.own = true;
}

void SimulatedNetwork::setDefaultLink(const LinkOptions& options) {
  checkLink(options);
  impl_->setDefaultLink(options);
}

const LinkOptions& SimulatedNetwork::link(SimulatedHost& one, SimulatedHost& other) const {
  return impl_->link(one.impl(), other.impl()).options;
}

// --- What goes wrong -------------------------------------------------------------------

void SimulatedNetwork::partition(SimulatedHost& one, SimulatedHost& other) {
  impl_->whenIdle([this, &a = one.impl(), &b = other.impl()] {
    if (std::exchange(impl_->link(a, b).cut, true)) return;
    a.trace(Happening::partition, b.index);
    impl_->forEachWire([&](Wire& wire) {
      if (wire.joins(a, b)) wire.watchSilence();
    });
  });
}

void SimulatedNetwork::repair(SimulatedHost& one, SimulatedHost& other) {
  impl_->whenIdle([this, &a = one.impl(), &b = other.impl()] {
    if (!std::exchange(impl_->link(a, b).cut, false)) return;
    a.trace(Happening::repair, b.index);
    impl_->forEachWire([&](Wire& wire) {
      if (wire.joins(a, b)) wire.goOn(true);
    });
  });
}

void SimulatedNetwork::hold(SimulatedHost& one, SimulatedHost& other) {
  impl_->whenIdle([this, &a = one.impl(), &b = other.impl()] {
    if (!std::exchange(impl_->link(a, b).held, true)) a.trace(Happening::hold, b.index);
  });
}

void SimulatedNetwork::release(SimulatedHost& one, SimulatedHost& other) {
  impl_->whenIdle([this, &a = one.impl(), &b = other.impl()] {
    SimulatedLink& link = impl_->link(a, b);
    if (!std::exchange(link.held, false)) return;
    a.trace(Happening::release, b.index);
    for (auto& datagram : std::exchange(link.heldDatagrams, {})) datagram();
    impl_->forEachWire([&](Wire& wire) {
      if (wire.joins(a, b)) wire.goOn(false);
    });
  });
}

void SimulatedNetwork::resetConnections(SimulatedHost& one, SimulatedHost& other) {
  impl_->whenIdle([this, &a = one.impl(), &b = other.impl()] {
    impl_->forEachWire([&](Wire& wire) {
      if (wire.joins(a, b)) wire.breakBoth();
    });
  });
}

void SimulatedNetwork::crash(SimulatedHost& host) {
  impl_->whenIdle([this, &gone = host.impl()] {
    gone.crash();
    impl_->forEachWire([&](Wire& wire) { wire.hostCrashed(gone); });
  });
}

void SimulatedNetwork::restart(SimulatedHost& host) {
  impl_->whenIdle([this, &back = host.impl()] {
    back.restart();
    impl_->forEachWire([&](Wire& wire) {
      if (&wire.host(0) == &back || &wire.host(1) == &back) wire.goOn(true);
    });
  });
}

// --- Time ------------------------------------------------------------------------------

TimePoint SimulatedNetwork::now() const {
  return impl_->simulation.now();
}

bool SimulatedNetwork::step() {
  return impl_->step(TimePoint::max());
}

void SimulatedNetwork::runFor(Duration time) {
  const TimePoint until = later(now(), time);
  while (impl_->step(until)) {
  }
  impl_->simulation.advance(until);
}

bool SimulatedNetwork::runUntil(UniqueFunction<bool()> condition, Duration patience) {
  const TimePoint until = later(now(), patience);
  while (!condition()) {
    if (!impl_->step(until)) return false;
  }
  return true;
}

bool SimulatedNetwork::runUntilIdle(Duration patience) {
  const TimePoint until = later(now(), patience);
  while (impl_->step(until)) {
  }
  return impl_->simulation.idle();
}

// --- What is left ----------------------------------------------------------------------

std::string SimulatedNetwork::leftovers() const {
  std::string text;
  for (const auto& host : impl_->hosts) host->impl().leftovers(text);
  for (const auto& [id, wire] : impl_->wires) {
    if (!wire->over()) text += wire->describe() + '\n';
  }
  return text;
}

std::size_t SimulatedNetwork::bytesUnderWay() const {
  std::size_t bytes = 0;
  for (const auto& [id, wire] : impl_->wires) bytes += wire->bytes();
  return bytes;
}

// --- The trace -------------------------------------------------------------------------

SimulatedRandom& SimulatedNetwork::random() {
  return impl_->simulation.random;
}

std::uint64_t SimulatedNetwork::traceHash() const {
  return impl_->simulation.traceHash();
}

std::uint64_t SimulatedNetwork::events() const {
  return impl_->simulation.events();
}

std::uint64_t SimulatedNetwork::connectionsMade() const {
  return impl_->wiresMade;
}

void SimulatedNetwork::traceTo(UniqueFunction<void(std::string_view)> line) {
  impl_->simulation.traceTo(std::move(line));
}

}  // namespace plait::testing
