#include "load/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace bench {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::runtime_error(fmt::format("{}: {}", what, std::strerror(errno)));
}

bool connectToPort(int fd, std::uint16_t port) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool connectToName(int fd, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path, sizeof address.sun_path);
  address.sun_path[0] = '\0';
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  return connect(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0;
}

}  // namespace

Connection::Connection(const Options& options)
    : fd_(socket(options.unixName.empty() ? AF_INET : AF_UNIX,
                 (options.mode == Mode::udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0)) {
  if (fd_ < 0) fail("cannot make a socket");
  const timeval patience{.tv_sec = 5, .tv_usec = 0};  // bounds connect() as well
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);

  const bool connected = options.unixName.empty() ? connectToPort(fd_, options.port)
                                                  : connectToName(fd_, options.unixName);
  if (!connected || fcntl(fd_, F_SETFL, O_NONBLOCK) != 0) {
    const int cause = errno;
    close(fd_);
    errno = cause;
    fail("cannot connect");
  }
}

Connection::~Connection() {
  close(fd_);
}

bool Connection::begin() {
  sent_ = 0;
  received_ = 0;
  begun_ = Clock::now();
  return send();
}

bool Connection::send() {
  const ssize_t took = ::send(fd_, batch_.data() + sent_, batch_.size() - sent_, MSG_NOSIGNAL);
  if (took < 0 && errno != EAGAIN) fail("cannot send");
  if (took > 0) sent_ += static_cast<std::size_t>(took);
  return sent_ == batch_.size();
}

bool Connection::receive(std::span<char> scratch) {
  const ssize_t got = recv(fd_, scratch.data(), scratch.size(), 0);
  if (got < 0 && errno == EAGAIN) return false;
  if (got < 0) fail("cannot receive");
  if (got == 0) {
    throw std::runtime_error(fmt::format("the server closed a connection, {} of {} bytes replied",
                                         received_, batch_.size()));
  }
  const auto size = static_cast<std::size_t>(got);
  const char* const expected = batch_.data() + received_;
  const std::size_t comparable = std::min(size, sent_ - received_);
  if (std::memcmp(scratch.data(), expected, comparable) != 0) {
    const char* const wrong = std::mismatch(expected, expected + comparable, scratch.data()).first;
    throw std::runtime_error(fmt::format("wrong reply: byte {} of a batch of {} differs",
                                         wrong - batch_.data(), batch_.size()));
  }
  if (comparable != size) {
    throw std::runtime_error(
        fmt::format("wrong reply: {} bytes more than were asked for", size - comparable));
  }
  received_ += size;
  return received_ == batch_.size();
}

}  // namespace bench
