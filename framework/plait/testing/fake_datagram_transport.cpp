#include <plait/core/errors.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/testing/fake_datagram_transport.hpp>
#include <stdexcept>

namespace plait::testing {

namespace {

std::string key(std::string group, const std::string& interface) {
  return interface.empty() ? group : group + "%" + interface;
}

void requireAddress(const Address& address) {
  if (address == Address() || address.as<HostnameAddress>()) {
    throw InvalidAddressError(address, "only IP addresses are accepted, not hostnames");
  }
}

}  // namespace

void FakeDatagramTransport::write(BytesView datagram, const Address& to) {
  if (!connected_) return;
  requireAddress(to);
  if (peer_ != Address() && to != peer_) {
    throw InvalidAddressError(to, "the port is connected to another address");
  }
  written_.push_back({Bytes(datagram), to});
}

void FakeDatagramTransport::write(BytesView datagram) {
  if (!connected_) return;
  if (peer_ == Address()) throw std::logic_error("the port is not connected: write to whom?");
  written_.push_back({Bytes(datagram), peer_});
}

void FakeDatagramTransport::connect(const Address& peer) {
  if (!connected_) return;
  if (peer_ != Address()) throw std::logic_error("the port is connected already");
  requireAddress(peer);
  peer_ = peer;
}

Deferred<void> FakeDatagramTransport::joinGroup(std::string group, std::string interface) {
  groups_.push_back(key(std::move(group), interface));
  Deferred<void> done;
  done.callback();
  return done;
}

Deferred<void> FakeDatagramTransport::leaveGroup(std::string group, std::string interface) {
  Deferred<void> done;
  const std::string name = key(std::move(group), interface);
  if (std::erase(groups_, name) > 0) {
    done.callback();
  } else {
    done.errback(Failure(MulticastJoinError("cannot leave group " + name + ": not joined")));
  }
  return done;
}

void FakeDatagramTransport::setTTL(int ttl) {
  if (ttl < 0 || ttl > 255) throw std::invalid_argument("setTTL: it must be in 0 to 255");
  ttl_ = ttl;
}

void FakeDatagramTransport::doStopListening(UniqueFunction<void()> stopped) {
  connected_ = false;
  stopped();
}

}  // namespace plait::testing
