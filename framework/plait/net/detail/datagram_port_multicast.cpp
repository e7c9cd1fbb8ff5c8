#include <plait/core/errors.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/net/detail/datagram_port.hpp>
#include <plait/net/detail/multicast.hpp>
#include <stdexcept>

namespace plait::detail {

void DatagramPort::requireUDP(const char* what) const {
  assertThread();
  if (family_ == AF_UNIX) throw std::logic_error(fmt::format("{}: UDP only", what));
}

void DatagramPort::setBroadcastAllowed(bool allowed) {
  requireUDP("setBroadcastAllowed");
  if (!socket_) return;
  ErrorCode ignored;
  socket_->set_option(AsioDatagramSocket::broadcast(allowed), ignored);
  broadcast_ = getBroadcastAllowed();
}

bool DatagramPort::getBroadcastAllowed() const {
  requireUDP("getBroadcastAllowed");
  if (!socket_) return broadcast_;
  AsioDatagramSocket::broadcast option;
  ErrorCode ignored;
  socket_->get_option(option, ignored);
  return option.value();
}

Deferred<void> DatagramPort::joinGroup(std::string group, std::string interface) {
  requireUDP("joinGroup");
  return changeMembership(true, group, interface);
}

Deferred<void> DatagramPort::leaveGroup(std::string group, std::string interface) {
  requireUDP("leaveGroup");
  return changeMembership(false, group, interface);
}

Deferred<void> DatagramPort::changeMembership(bool join, const std::string& group,
                                              const std::string& interface) {
  Deferred<void> done;
  const std::string wrong =
      socket_ ? detail::changeMembership(socket_->native_handle(), join, group, interface)
              : "the port is closed";
  if (wrong.empty()) {
    done.callback();
  } else {
    done.errback(Failure(
        MulticastJoinError(fmt::format("cannot {} group {}{}{}: {}", join ? "join" : "leave", group,
                                       interface.empty() ? "" : " on ", interface, wrong))));
  }
  return done;
}

void DatagramPort::setTTL(int ttl) {
  requireUDP("setTTL");
  if (ttl < 0 || ttl > 255) {
    throw std::invalid_argument(fmt::format("setTTL: {} is not in 0 to 255", ttl));
  }
  if (socket_) setMulticastTTL(socket_->native_handle(), family_, ttl);
}

int DatagramPort::getTTL() const {
  requireUDP("getTTL");
  return socket_ ? getMulticastTTL(socket_->native_handle(), family_) : ttl_;
}

void DatagramPort::setLoopbackMode(bool on) {
  requireUDP("setLoopbackMode");
  if (socket_) setMulticastLoopback(socket_->native_handle(), family_, on);
}

bool DatagramPort::getLoopbackMode() const {
  requireUDP("getLoopbackMode");
  return socket_ ? getMulticastLoopback(socket_->native_handle(), family_) : loopback_;
}

void DatagramPort::setOutgoingInterface(std::string interface) {
  requireUDP("setOutgoingInterface");
  const auto index = interfaceIndex(interface);
  if (!index) {
    throw std::invalid_argument(
        fmt::format("setOutgoingInterface: there is no interface '{}'", interface));
  }
  if (!socket_) return;
  setMulticastInterface(socket_->native_handle(), family_, *index);
  outgoingInterface_ = std::move(interface);
}

std::string DatagramPort::getOutgoingInterface() const {
  requireUDP("getOutgoingInterface");
  return outgoingInterface_;
}

}  // namespace plait::detail
