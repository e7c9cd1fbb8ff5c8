#include "support/raw_peer.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

namespace plait::testing {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct SystemAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

SystemAddress toSystem(const Address& address) {
  SystemAddress result;
  if (auto* v4 = address.as<IPv4Address>()) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_port = htons(v4->port);
    std::memcpy(&in.sin_addr, v4->octets.data(), v4->octets.size());
    result.size = sizeof in;
    std::memcpy(&result.storage, &in, sizeof in);
  } else if (auto* v6 = address.as<IPv6Address>()) {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(v6->port);
    std::memcpy(&in.sin6_addr, v6->octets.data(), v6->octets.size());
    result.size = sizeof in;
    std::memcpy(&result.storage, &in, sizeof in);
  } else if (auto* path = address.as<UNIXAddress>()) {
    sockaddr_un un{};
    un.sun_family = AF_UNIX;
    path->name.copy(un.sun_path, sizeof un.sun_path);
    result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path->name.size());
    std::memcpy(&result.storage, &un, sizeof un);
  } else {
    throw std::invalid_argument("a raw peer needs the address of a socket");
  }
  return result;
}

Address localAddressOf(int socket) {
  SystemAddress local;
  if (getsockname(socket, local.get(), &local.size) != 0) fail("getsockname");
  if (local.storage.ss_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &local.storage, sizeof in);
    IPv6Address address{.port = ntohs(in.sin6_port)};
    std::memcpy(address.octets.data(), &in.sin6_addr, address.octets.size());
    return address;
  }
  sockaddr_in in{};
  std::memcpy(&in, &local.storage, sizeof in);
  IPv4Address address{.port = ntohs(in.sin_port)};
  std::memcpy(address.octets.data(), &in.sin_addr, address.octets.size());
  return address;
}

int openSocket(const Address& address) {
  int family = AF_INET;
  if (address.as<IPv6Address>()) family = AF_INET6;
  if (address.as<UNIXAddress>()) family = AF_UNIX;
  const int opened = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (opened < 0) fail("socket");
  return opened;
}

void setReceiveBuffer(int socket, int bytes) {
  if (bytes > 0) setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

}  // namespace

RawPeer::RawPeer(int socket) : socket_(socket) {
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawPeer::RawPeer(const Address& to, int receiveBuffer) : RawPeer(openSocket(to)) {
  setReceiveBuffer(socket_, receiveBuffer);
  SystemAddress address = toSystem(to);
  if (connect(socket_, address.get(), address.size) != 0) fail("connect");
}

void RawPeer::send(BytesView data) {
  while (!data.empty()) {
    const ssize_t sent = ::send(socket_, data.data(), data.size(), MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    data.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t RawPeer::receive(std::size_t most) {
  if (eof_ || error_ != 0) return 0;
  std::unique_ptr<char[]> buffer(new char[most]);
  const ssize_t size = recv(socket_, buffer.get(), most, MSG_DONTWAIT);
  if (size > 0) {
    received.append(buffer.get(), static_cast<std::size_t>(size));
    return static_cast<std::size_t>(size);
  }
  if (size == 0) {
    eof_ = true;
  } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
    error_ = errno;
  }
  return 0;
}

void RawPeer::receiveAll() {
  while (receive() > 0) {
  }
}

void RawPeer::receiveUntilEnd() {
  while (!ended()) {
    pollfd readable{socket_, POLLIN, 0};
    if (poll(&readable, 1, 20'000) == 0) {
      ADD_FAILURE() << "the connection has not ended";
      return;
    }
  }
}

bool RawPeer::ended() {
  receiveAll();
  return eof_ || error_ != 0;
}

void RawPeer::shutdownWrite() {
  if (shutdown(socket_, SHUT_WR) != 0) fail("shutdown");
}

void RawPeer::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void RawPeer::reset() {
  const linger hard{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close();
}

Address RawPeer::localAddress() const {
  return localAddressOf(socket_);
}

RawListener::RawListener(int backlog, int receiveBuffer)
    : RawListener(*IPv4Address::parse("127.0.0.1"), backlog, receiveBuffer) {}

RawListener::RawListener(const Address& at, int backlog, int receiveBuffer)
    : socket_(openSocket(at)) {
  setReceiveBuffer(socket_, receiveBuffer);
  SystemAddress address = toSystem(at);
  if (bind(socket_, address.get(), address.size) != 0) fail("bind");
  if (listen(socket_, backlog) != 0) fail("listen");
}

RawListener::~RawListener() {
  ::close(socket_);
}

Address RawListener::address() const {
  return localAddressOf(socket_);
}

bool RawListener::pending() const {
  pollfd readable{socket_, POLLIN, 0};
  return poll(&readable, 1, 0) > 0;
}

RawPeer RawListener::accept() {
  const int accepted = accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
  if (accepted < 0) fail("accept");
  return RawPeer(accepted);
}

std::uint16_t unusedPort() {
  return RawListener().port();
}

}  // namespace plait::testing
